"""How it is done, in the order in which an article meets it.

PollSources asks each source what it lists and keeps what is new. FetchArticles brings the pages, politely.
CleanArticles makes articles of them. DeduplicateArticles finds the copies and says how they relate. ExtractEvents reads
who did what to whom, when, where and who says so. LinkEvents gives the reports of one event one id. WritePartitions
stages the tables and commits the run.
"""
