# What differs from one run of README.md's session to the next (sed -E).
s/newer than the planned time|[0-9]+ (min|hours|days) old/AGE/
s|^  [0-9.]+ s, [0-9,]+ rows/s$|  TIME|
