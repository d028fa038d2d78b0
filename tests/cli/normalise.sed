# What differs from one run to the next becomes a word.
s|[0-9][0-9,.]* *[kMG]\{0,1\} rows/s|RATE rows/s|g
s/\([ (,]\)[0-9][0-9.]* \(ms\|s\|seconds\)\([,); ]\|$\)/\1TIME\3/g
s/\("[a-z_]*seconds": *\)[0-9.eE+-]*/\1TIME/g
s/\("elapsed[a-z_]*": *\)[0-9.eE+-]*/\1TIME/g
s/\("rows_per_second": *\)[0-9.eE+-]*/\1RATE/g
s/[0-9][0-9]* \(min\|hours\|days\) old/AGE old/g
