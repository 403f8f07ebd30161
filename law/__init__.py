"""Rights, clocks, proof, grounds, disclosure and contents of privacy statutes: the statutes as data, and pure functions over
them. The time is always an argument. Not legal advice.

`book` reads the files of `law/rules`; a new regime is a new file. Every rule says how sure we are of it and where it
stands; where the law can be read in two ways, the file says so and which one is followed.
"""
