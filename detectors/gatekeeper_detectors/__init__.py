"""What a picture and its words give away: pictures, metadata, faces and caption rules.

Nothing here touches a database or the network. What a rule must know of the
school's register reaches it as the frozen values of `values`.
"""
