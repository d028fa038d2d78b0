# What differs from one run of README.md's session to the next (sed -E).
s|^  [0-9.]+ s, [0-9,]+ rows/s$|  TIME|
# The register: where it is, how old, and when something was recorded in it.
s#, [0-9]+ [a-z]+ old \(/[^ ]*/scrub/register\.db\)$# REGISTER#
s#^ +[0-9]+  20[0-9-]{8}T[0-9:]{8}Z  # FACT  #
s#^(138\*\*\*\*0002: dnc, as of )20[0-9-]{8}T[0-9:]{8}Z$#\1TIME#
s# \(/[^ ]*/scrub/register\.db\)$# REGISTER#
