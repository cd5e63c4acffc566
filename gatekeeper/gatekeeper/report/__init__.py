"""The governors' report (P22): one page about some days, without anything about any child.

`figures` counts, `charts` draws, `paper` lays it out as a PDF; the HTML is a template. Start
with `figures.figures_for`.
"""
