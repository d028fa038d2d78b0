# What differs from one run of README.md's session to the next (sed -E).
s|^  [0-9.]+ s, [0-9,]+ rows/s$|  TIME|
