"""Rights, clocks, grounds and required contents of the GDPR, UK GDPR, CCPA and PIPL: statutes as data, and pure functions
over them. The time is always an argument.

Not here yet: the California Delete Act (DROP), degrees of verification, look-back and frequency limits, the retention of
records, incident clocks other than those in the files, and drafts such as the Digital Omnibus as disabled versions.
"""
