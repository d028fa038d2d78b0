# mawk.awk - the job by awk.
#
#	LC_ALL=C mawk -v out=FOLDER -f mawk.awk \
#	    dnc.csv consent.csv calls.csv campaign.csv

# "+8613812345678", or "" when it is no Chinese number.
function e164(s,   d, marked) {
	if (length(s) == 11 && s ~ /^1[3-9][0-9]+$/)
		return "+86" s
	gsub(/[ ()-]/, "", s)
	marked = s ~ /^[0+]/
	d = s
	if (!sub(/^(\+86|0086)/, "", d)) {
		if (marked)
			sub(/^0/, "", d)
		else if (length(d) == 13)
			sub(/^86/, "", d)
	}
	if (d !~ /^[0-9]+$/)
		return ""
	if (length(d) == 11 && d ~ /^1[3-9]/)
		return "+86" d
	if (marked && (length(d) == 10 && d ~ /^(10|2)/ ||
	    length(d) == 11 && d ~ /^[3-9]/))
		return "+86" d
	return ""
}

# The third cell of a record with quotes: what is between quotes counts only
# when it is that cell.  Splitting at quotes, every second part is quoted.
function third(record,   part, n, i, cells, at, piece) {
	n = split(record, part, "\"")
	cells = 1
	for (i = 1; i <= n; i++) {
		if (i % 2 == 0) {
			if (cells == 3)
				return part[i]
			continue
		}
		piece = part[i]
		while ((at = index(piece, ",")) > 0) {
			if (cells == 3 && at > 1)
				return substr(piece, 1, at - 1)
			if (cells == 3)
				return ""
			cells++
			piece = substr(piece, at + 1)
		}
	}
	return ""
}

BEGIN {
	FS = ","
	clean = out "/clean.csv"
	rejected = out "/rejected.csv"
	print "id,reason" >rejected
	now = "2026-03-01T00:00:00Z"
	day_ago = "2026-02-28T00:00:00Z"
	week_ago = "2026-02-22T00:00:00Z"
}

FNR == 1 {
	list++
	if (list == 4)
		print >clean
	next
}

list == 1 {
	barred[$1]
	next
}

list == 2 {
	if ($2 <= now && ($3 == "" || $3 > now))
		lasts[$1] = 1
	else if (!($1 in lasts))
		lasts[$1] = 0
	next
}

list == 3 {
	if ($2 > week_ago && $2 <= now) {
		in_week[$1]++
		if ($2 > day_ago)
			in_day[$1]++
	}
	next
}

{
	record = $0
	phone = $3
	if (index(record, "\"")) {
		marks = gsub(/"/, "\"")
		while (marks % 2 && (getline line) > 0) {
			record = record "\n" line
			marks += gsub(/"/, "\"", line)
		}
		phone = third(record)
	}
	n = e164(phone)
	if (n == "")
		reason = "invalid"
	else if (n in barred)
		reason = "dnc"
	else if (!(n in lasts))
		reason = "consent_missing"
	else if (!lasts[n])
		reason = "consent_expired"
	else if (in_week[n] >= 3 || in_day[n] >= 2)
		reason = "over_cap"
	else if (n in kept)
		reason = "duplicate"
	else {
		kept[n]
		print record >clean
		next
	}
	print substr(record, 1, index(record, ",") - 1) "," reason >rejected
}
