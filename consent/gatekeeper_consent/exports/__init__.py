"""What management systems export: one table of children, as CSV or XLSX, to the register.

`table` reads the file, `mapping` says which column is what, `reading` makes the contents that
`importing` plans and applies, and `drafts` keeps an upload until somebody confirms it.
"""
