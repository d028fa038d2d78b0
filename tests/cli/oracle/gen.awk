# gen.awk - a campaign and its lists, with what is true of each line.
#
#	awk -v rows=100000 -v seed=1 -f gen.awk
#
# Writes into the current folder what scrub reads (the list files and the
# records of the campaign) and, beside each, a .tsv for SQL that says which
# subject a line is about: who made a spelling knows the number, so the oracle
# needs no parser of numbers and none of CSV.  The moment of the run is
# 2026-03-29 15:30 in Berlin, on the day the clocks change there.
#
# A line end inside a quoted cell is \001 in records and in the .tsv files, so
# that a record is a line; tr and sed turn it into LF or CRLF afterwards.

function random(n)
{
	state = state * 16807 % 2147483647
	return int(state / 2147483647 * n)
}

# A property of a number or person, the same wherever it is asked for.
function trait(i, which)
{
	i = (i * 7919 + which * 104729 + seed * 31 + 1) % 2147483647
	return int(i * 16807 % 2147483647 * 48271 % 2147483647 / 127)
}

function pick(list,	n, part)
{
	n = split(list, part, "|")
	return part[1 + random(n)]
}

# ---- numbers ----

# What kind of number the i-th is; everything about it follows from i.
function kind_of(i)
{
	if (i % 12 == 5)
		return "fixed"
	if (i % 40 == 7)
		return "shared" # 400: not one of --types
	if (i % 80 == 13)
		return "free"   # 800
	if (i % 50 == 9)
		return "us"
	if (i % 100 == 31)
		return "hk"
	return "mobile"
}

function digits_of(i,	kind, n)
{
	kind = kind_of(i)
	n = sprintf("%08.0f", (i * 48271 + 12345) % 99999989)
	if (kind == "fixed")
		return "86" area[1 + i % areas] start[1 + i % areas] \
		    substr(n, length(start[1 + i % areas]) + 1)
	if (kind == "shared")
		return "86400" substr(n, 2)
	if (kind == "free")
		return "86800" substr(n, 2)
	if (kind == "us")
		return "1212" (2 + i % 7) "0" substr(n, 4)
	if (kind == "hk")
		return "85261" substr(n, 3)
	return "86" prefix[1 + i % prefixes] n
}

function fullwidth(s,	out, k)
{
	out = ""
	for (k = 1; k <= length(s); k++)
		out = out wide[substr(s, k, 1)]
	return out
}

# One of the many ways to write a number; not yet a CSV cell.
function spelling(i,	d, m, kind, s, k)
{
	d = digits_of(i)
	kind = kind_of(i)
	if (kind == "us")
		return pick("+" d "|+1 (" substr(d, 2, 3) ") " substr(d, 5, 3) \
		    "-" substr(d, 8) "|001" substr(d, 2))
	if (kind == "hk")
		return pick("+" d "|+852 " substr(d, 4, 4) " " substr(d, 8))
	m = substr(d, 3)
	if (kind == "shared" || kind == "free")
		return pick(m "|" substr(m, 1, 3) "-" substr(m, 4, 3) "-" \
		    substr(m, 7))
	if (kind == "fixed") {
		k = length(area[1 + i % areas])
		s = substr(m, k + 1)
		m = substr(m, 1, k)
		return pick("0" m "-" s "|0" m s "|(0" m ") " substr(s, 1, 4) \
		    " " substr(s, 5) "|+86 " m " " s "|86" m s "|0086" m s \
		    "|0" m "-" s " 转 80" (i % 10))
	}
	s = random(20)
	if (s < 6)
		return m
	if (s == 6)
		return fullwidth(m)
	if (s == 7)
		return "=\"" m "\""
	if (s == 8)
		return m ".0"
	if (s == 9)
		return substr(m, 1, 1) "." substr(m, 2) "E+10"
	if (s == 10)
		return "tel:+" d
	if (s == 11)
		return "'" m
	return pick("+" d "|" d "|00" d "|+86 " substr(m, 1, 3) "-" \
	    substr(m, 4, 4) "-" substr(m, 8) "|" substr(m, 1, 3) " " \
	    substr(m, 4, 4) " " substr(m, 8) "|" substr(m, 1, 3) "-" \
	    substr(m, 4, 4) "-" substr(m, 8) "|17951 " m "|" m " ext 5")
}

# ---- cells ----

# As a CSV cell: quoted where it must be, and sometimes where it need not.
function cell(s,	q)
{
	q = s
	if (gsub(/"/, "\"\"", q) || s ~ /[,;\t\001]/ || s ~ /^ | $/ ||
	    random(12) == 0)
		return "\"" q "\""
	return s
}

# How the report must show a cell that holds no number.
function shown(s,	q)
{
	q = s
	if (gsub(/"/, "\"\"", q) || s ~ /[,\001]/ || s ~ /^ | $/)
		return "\"" q "\""
	return s
}

# ---- times ----

# Civil date of days since 1970, into year, month, day.
function civil(days,	z, era, doe, yoe, doy, mp)
{
	z = days + 719468
	era = int(z / 146097)
	doe = z - era * 146097
	yoe = int((doe - int(doe / 1460) + int(doe / 36524) - \
	    int(doe / 146096)) / 365)
	doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
	mp = int((5 * doy + 2) / 153)
	day = doy - int((153 * mp + 2) / 5) + 1
	month = mp < 10 ? mp + 3 : mp - 9
	year = yoe + era * 400 + (month <= 2)
}

# Summer time in Berlin, roughly: SQL knows the rule, this only has to write
# local times that are often near the moment meant.
function berlin(t)
{
	civil(int(t / 86400))
	return month > 3 && month < 11 || t >= 1774746000 && year == 2026 &&
	    month == 3 ? 7200 : 3600
}

function stamp(t, sep)
{
	civil(int(t / 86400))
	return sprintf("%04d-%02d-%02d%s%02d:%02d:%02d", year, month, day, sep,
	    int(t % 86400 / 3600), int(t % 3600 / 60), t % 60)
}

function date_text(t,	s)
{
	s = random(10)
	if (s < 3)
		return stamp(t, "T") "Z"
	if (s == 3)
		return stamp(t + 28800, "T") "+08:00"
	if (s == 4)
		return stamp(t - 12600, " ") "-03:30"
	if (s < 7)
		return stamp(t + berlin(t), pick("T| "))
	civil(int((t + berlin(t)) / 86400))
	if (s == 7)
		return year "/" month "/" day
	return sprintf("%04d-%02d-%02d", year, month, day)
}

# A moment, often one at which something turns.
function moment(	s)
{
	s = random(16)
	if (s == 0)
		return now - 1 + random(3)
	if (s == 1)
		return midnight - 1 + random(2)
	if (s == 2)
		return midnight + 82800 - 1 + random(2) # the next one
	if (s == 3) # 02:00 to 03:00: comes twice, or never
		return pick("1761437700|1761441300|1774744200|1774747800")
	if (s < 9)
		return now + random(86400 * 300)
	return now - random(86400 * 400)
}

# ---- lists ----

function dnc_line(number, i, person, s,	reason, topic, campaign, channel,
    expires, c)
{
	reason = pick("||request|退订|complaint|malicious|litigator|dead-number|other")
	topic = pick("||||insurance|Insurance|loans")
	campaign = pick("||||spring|autumn")
	channel = pick("|||any|voice|sms|电话|email|pigeon")
	expires = random(3) ? "" : date_text(moment())
	if (random(100) == 0)
		expires = pick("soon|03/04/2026|2026-13-01|2999-12-31")
	print cell(s) "," person "," reason "," topic "," campaign "," \
	    channel "," expires ",2025-01-01" >"dnc.csv"
	for (c = 1; c <= number; c++)
		print ".", "dnc", subject[c], "", person, reason, topic, campaign,
		    channel, expires >"blocks.tsv"
	if (number == 0)
		print ".", "dnc", "", "", person, reason, topic, campaign, channel,
		    expires >"blocks.tsv"
}

function dnc_prefix(s, p, topic, channel, expires)
{
	print s ",,," topic ",," channel "," expires "," >"dnc.csv"
	print ".", "dnc", "", p, "", "", topic, "", channel, expires >"blocks.tsv"
}

function dnc_make(	i, d)
{
	printf "\357\273\277" >"dnc.csv"
	print "phone,customer_id,reason,topic,campaign,channel,expires_at," \
	    "added_at" >"dnc.csv"
	for (i = 0; i < pool; i++) {
		if (trait(i, 1) % 100 >= 8)
			continue
		subject[1] = digits_of(i)
		dnc_line(1, i, trait(i, 2) % 5 ? "" : person_of(i), spelling(i))
		if (i % 7 == 0 && kind_of(i) == "mobile" &&
		    kind_of(i + 1) == "mobile") {
			subject[2] = digits_of(i + 1)
			dnc_line(2, i, "", substr(subject[1], 3) " / " \
			    substr(subject[2], 3))
		}
		# more than one reading: every one of them is blocked
		if (i % 12 == 5 && i % 5 == 0) {
			d = digits_of(i)
			subject[2] = substr(d, 1, length(d) - 2) "79"
			dnc_line(2, i, "", "0" substr(d, 3, length(area[1 + \
			    i % areas])) "-" substr(d, 3 + length(area[1 + \
			    i % areas])) "/79")
		}
		if (i % 400 == 3)
			print "call him back,,,,,,," >"dnc.csv"
	}
	for (i = 0; i < pool / 2; i++)
		if (trait(i, 3) % 100 < 3)
			dnc_line(0, i, "C" i, "")
	dnc_prefix("1387*", "861387", "", "sms", "")
	dnc_prefix("+86 15012*", "8615012", "", "", "")
	dnc_prefix("0571*", "86571", "", "", "2026-03-28")
	dnc_prefix("0571 8*", "865718", "", "", "2026-03-29")
	dnc_prefix("15800XXXXXX", "8615800", "loans", "", "")
	dnc_prefix("(0755) 267*", "86755267", "insurance", "voice", "")
	dnc_prefix("+1 212 30*", "121230", "", "", "")
	# a second file: no header, one number a line
	for (i = 0; i < pool; i++) {
		if (trait(i, 4) % 100 >= 2)
			continue
		print cell(spelling(i)) >"dnc2.csv"
		print ".", "dnc", digits_of(i), "", "", "", "", "", "",
		    "" >"blocks.tsv"
	}
	print "1811234*" >"dnc2.csv"
	print ".", "dnc", "", "861811234", "", "", "", "", "", "" >"blocks.tsv"
}

function listed_make(	i, reason, expires, channel)
{
	printf "number;reason;valid until;channel\r\n" >"national.csv"
	print "手机号\t原因" >"partner.csv"
	for (i = 0; i < pool; i++) {
		if (trait(i, 5) % 100 < 6) {
			reason = pick("|||registry|fraud|disconnected")
			expires = random(4) ? "" : date_text(moment())
			channel = pick("|||all|calls|text")
			printf "%s;%s;%s;%s\r\n", cell(spelling(i)), reason,
			    expires, channel >"national.csv"
			print ".", "listed", digits_of(i), "", "", reason, "", "",
			    channel, expires >"blocks.tsv"
		}
		if (trait(i, 6) % 100 < 2) {
			reason = pick("|投诉|律师|空号")
			print cell(spelling(i)) "\t" reason >"partner.csv"
			print ".", "listed", digits_of(i), "", "", reason, "", "",
			    "", "" >"blocks.tsv"
		}
	}
}

function consent_line(i, who, granted, expires, withdrawn,	purpose,
    channel, s, d)
{
	purpose = random(12) ? pick("|insurance") : pick("loans|INSURANCE")
	channel = random(12) ? pick("|voice|any") : pick("sms|fax machine")
	s = i < 0 ? "" : cell(spelling(i))
	d = i < 0 ? "" : digits_of(i)
	print s "," who "," granted "," expires "," withdrawn "," purpose "," \
	    channel >"consent.csv"
	print ".", d, who, granted, expires, withdrawn, purpose,
	    channel >"consent.tsv"
}

function consent_make(	i, k, s)
{
	print "Phone Number,customer id,granted_at,expires_at,withdrawn_at," \
	    "purpose,channel" >"consent.csv"
	for (i = 0; i < pool; i++) {
		if (trait(i, 7) % 100 < 12)
			continue
		s = trait(i, 8) % 16
		if (s < 7) # as it should be
			consent_line(i, "", date_text(now - 86400 * 30 - \
			    random(86400 * 300)), random(2) ? "" : date_text( \
			    now + 172800 + random(86400 * 900)), "")
		else if (s == 7)
			consent_line(i, random(2) ? person_of(i) : "", "",
			    date_text(moment()), "")
		else if (s == 8) # any order of any three moments
			consent_line(i, random(2) ? person_of(i) : "",
			    date_text(moment()), date_text(moment()),
			    random(2) ? "" : date_text(moment()))
		else if (s == 9)
			consent_line(i, "", date_text(moment()), "",
			    date_text(moment()))
		else if (s < 12) # given, taken back, given again ...
			for (k = 2 + random(4); k > 0; k--)
				consent_line(i, "", date_text(now - 86400 * \
				    random(200)), "", random(2) ? "" : \
				    date_text(now - 86400 * random(200)))
		else if (s == 12) # withdrawals in lines of their own
			for (k = 2; k > 0; k--) {
				consent_line(i, "", date_text(moment()), "", "")
				consent_line(i, "", "", "", date_text(moment()))
			}
		else if (s == 13 && i % 16 == 0)
			consent_line(i, "", pick("long ago|2026-02-30"), "", "")
		else if (s == 14 && i % 16 == 0)
			consent_line(i, "", "2025-05-05", "end of year", "")
		else if (s == 15 && i % 16 == 0)
			consent_line(i, "", "2025-05-05", "", "yesterday")
		else
			consent_line(i, "", "", "", "")
	}
	# a person's consent: for whichever number the row has
	for (i = 0; i < pool / 2; i++)
		if (trait(i, 9) % 100 < 4)
			consent_line(-1, "C" i, date_text(now - random(86400 * \
			    90)), random(2) ? "" : date_text(moment()),
			    random(3) ? "" : date_text(moment()))
	# more consents than a subject has serials for
	for (k = 0; k < 100; k++)
		consent_line(3, "", sprintf("2025-%02d-%02d", 1 + k % 9,
		    1 + k % 28), k == 57 ? "" : "2025-12-31",
		    k % 10 ? "" : "2025-11-11")
}

function calls_make(	i, k, t, s, text)
{
	print "called_at,number,customer_id,outcome" >"calls.csv"
	for (i = 0; i < pool; i++) {
		if (trait(i, 10) % 100 >= 16)
			continue
		for (k = 1 + trait(i, 11) % 7; k > 0; k--) {
			s = random(12)
			t = now - random(86400 * 9)
			if (s == 0)
				t = now - 86400 + random(3) - 1
			else if (s == 1)
				t = now - 604800 + random(3) - 1
			else if (s < 4)
				t = midnight + random(3) - 1
			else if (s == 4)
				t = now + random(3) - 1
			else if (s < 9)
				t = now - random(86400)
			text = random(300) ? date_text(t) : "at noon"
			s = random(6) ? "" : person_of(i)
			print text "," cell(spelling(i)) "," s ",answered" \
			    >"calls.csv"
			print ".", digits_of(i), s, text >"calls.tsv"
		}
	}
}

function allow_make(	i, expires, topic, channel, s)
{
	print "号码,客户编号,到期日期,主题,渠道" >"allow.csv"
	for (i = 0; i < pool; i++) {
		if (trait(i, 12) % 100 >= 40)
			continue
		expires = random(3) ? "" : date_text(moment())
		if (random(150) == 0)
			expires = "until I say stop"
		topic = random(5) ? "" : pick("insurance|loans")
		channel = random(5) ? "" : pick("voice|sms|短信|smoke")
		s = random(4)
		print (s ? cell(spelling(i)) : "") "," (s < 2 ? person_of(i) : \
		    "") "," expires "," topic "," channel >"allow.csv"
		print ".", (s ? digits_of(i) : ""), (s < 2 ? person_of(i) : ""),
		    expires, topic, channel >"allow.tsv"
	}
}

# ---- the campaign ----

function person_of(i)
{
	return "C" int(i / 2)
}

function note(	s)
{
	s = random(20)
	if (s == 0)
		return "\"prefers evenings, not Mondays\""
	if (s == 1)
		return "\"says: \"\"call me\"\"\001after six\""
	if (s == 2)
		return "a 5\" pipe"
	if (s == 3)
		return "  老客户 "
	if (s == 4)
		return "\"\001\001\""
	return pick("||||web form|需要发票|no answer x2")
}

# Append a record and what is true of it.
function row(status, number, readings, type, region, phone, show, person,
    break_,	record)
{
	nrow++
	record = nrow "," pick("王伟|李娜|Zoë|\"Smith, Ann\"|O'Neil|") "," \
	    phone "," person "," pick("北京|Berlin|上海|") "," note()
	if (break_ == 1)
		record = record ",one too many"
	else if (break_ == 2)
		sub(/,[^,]*,[^,]*,/, ",", record)
	else if (break_ == 3)
		record = nrow ",\"Ann\" Smith," phone "," person ",,"
	print record >"records.txt"
	print ".", nrow, line, status, number, readings, type, region, show, person,
	    record >"campaign.tsv"
	line += 1 + gsub(/\001/, "", record)
	if (random(200) == 0) {
		print pick("|   |\t") >"records.txt"
		line++
		blank++
	}
}

function campaign_make(	i, s, d, k, person)
{
	line = 2
	while (nrow < rows) {
		# half of them early ones: duplicates
		i = random(2) ? random(pool) : random(pool / 4)
		person = random(4) ? person_of(i) : ""
		s = random(1000)
		d = digits_of(i)
		if (s < 20) {
			k = pick("| |\"\"|\" \"")
			row("empty", "", "", "", "", k, k == "\" \"" ? k : "",
			    person, 0)
		} else if (s < 40) {
			k = pick("N/A|unknown|23800000040|138123456789|" \
			    "0000000000|abc, def|say \"hi\"")
			row("invalid", "", "", "", "", cell(k), shown(k),
			    person, 0)
		} else if (s < 45 && kind_of(i) == "mobile" && d ~ /^861[35]..[01]/) {
			# behind a plus it is no number of the plan; one reading
			k = "+" substr(d, 3)
			row("invalid", "", d, "", "", k, k, person, 0)
		} else if (s < 60) {
			k = pick("1.38E+10|1.3812E+10|138****5678|1381234XXXX")
			row("damaged", "", "", "", "", cell(k), k, person, 0)
		} else if (s < 70) {
			k = pick("62345678|8765 4321|26712345")
			row("ambiguous", "", "", "", "", cell(k), k, person, 0)
		} else if (s < 90 && kind_of(i) == "fixed" && d !~ /79$/) {
			k = length(area[1 + i % areas])
			s = "0" substr(d, 3, k) "-" substr(d, 3 + k) "/79"
			row("ambiguous", "", d " " substr(d, 1,
			    length(d) - 2) "79", "", "", cell(s), s, person, 0)
		} else if (s < 100) {
			k = pick("110|120|12345|95588|10086|10010")
			row("never_call", "", "", "", "", cell(k), k, person, 0)
		} else if (s < 115) {
			row("malformed", "", "", "", "", "13800000001", "", "",
			    1 + random(3))
		} else {
			row("ok", d, "", kind_of(i), kind_of(i) == "us" ? \
			    "US" : kind_of(i) == "hk" ? "HK" : "CN",
			    cell(spelling(i)), "+" d, person, 0)
		}
	}
	print blank + 0 >"blank.txt"
}

BEGIN {
	OFS = "\t"
	state = seed % 2147483646 + 1
	for (i = 0; i < 10; i++)
		random(2)
	now = 1774791000       # 2026-03-29T13:30:00Z
	midnight = 1774738800  # of that day in Berlin: 2026-03-28T23:00:00Z
	pool = int(rows * 0.6)
	prefixes = split("130 131 132 133 134 135 136 137 138 139 150 151 152" \
	    " 153 155 156 157 158 159 180 181 182 183 185 186 187 188 189",
	    prefix, " ")
	areas = split("10 21 755 571 28", area, " ")
	split("6 6 26 87 86", start, " ")
	split("０ １ ２ ３ ４ ５ ６ ７ ８ ９", w, " ")
	for (i = 0; i < 10; i++)
		wide[i ""] = w[i + 1]
	dnc_make()
	listed_make()
	consent_make()
	calls_make()
	allow_make()
	campaign_make()
}
