# report.awk - is the rejection report what SQL expects?
#
#	LC_ALL=C awk -v eol=LF -v header=TEXT -f report.awk EXPECTED REPORT
#
# EXPECTED has a line a record: what comes before the detail, tab, what comes
# after it, with \001 for a line end in a cell.  The detail is free text.

function complain(what)
{
	print what
	print "    wanted: " want
	print "    found:  " substr(report, at, length(want) + 200)
	bad++
}

BEGIN {
	eol = eol == "CRLF" ? "\r\n" : "\n"
	RS = "\002" # in no file: all of it at once
	getline report <ARGV[2]
	RS = "\n"
	FS = "\t"
	want = "row,line,reason,number,detail,also," header eol
	at = 1
	if (substr(report, at, length(want)) != want) {
		complain("the header of the report differs")
		exit 1
	}
	at += length(want)
	while ((getline <ARGV[1]) > 0 && bad < 5) {
		n++
		gsub(/\001/, eol)
		want = $1
		if (!lost && substr(report, at, length(want)) != want) {
			complain("record " n " differs")
			# go on at the next record that can be found
			lost = 1
		}
		if (lost) {
			k = index(substr(report, at), "\n" $1)
			if (!k)
				break
			at += k
			lost = 0
		}
		at += length(want)
		match(substr(report, at, 2000), \
		    /^("([^"]|"")*"|[^,"]*)/)
		at += RLENGTH
		want = $2 eol
		if (substr(report, at, length(want)) == want) {
			at += length(want)
		} else {
			complain("record " n " (" $1 "...) differs after the detail")
			lost = 1
			at--
		}
	}
	if (!bad && at != length(report) + 1) {
		want = "the end"
		complain("the report goes on after record " n)
	}
	exit bad > 0
}
