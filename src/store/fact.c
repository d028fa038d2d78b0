#include "store/fact.h"

#include "base/clock.h"
#include "base/hash.h"

int64_t
fact_utc(uint32_t until)
{
	return until == FACT_FOREVER ? CLOCK_NEVER : FACT_EPOCH + until;
}

uint64_t
subject_person(struct span id, uint64_t seed)
{
	return UINT64_C(3) << 62 | hash_bytes(id.p, id.n, seed) >> 2;
}

static const char *const reason_names[FACT_REASONS] = {
	[REASON_NONE] = "",
	[REASON_REQUEST] = "request",
	[REASON_COMPLAINT] = "complaint",
	[REASON_BEHAVIOUR] = "behaviour",
	[REASON_MALICIOUS] = "malicious",
	[REASON_POLICY] = "policy",
	[REASON_LEGAL] = "legal",
	[REASON_DEAD_NUMBER] = "dead-number",
	[REASON_OTHER] = "other",
};

const char *
fact_reason_name(enum fact_reason r)
{
	return (unsigned)r < FACT_REASONS ? reason_names[r] : "";
}

/* A word that gives a reason away wherever it stands in the cell. */
static const struct reason_word {
	const char *word;
	enum fact_reason reason;
} reason_words[] = {
	/* the more serious first: the first word found decides */
	{ "litigat", REASON_LEGAL },
	{ "lawsuit", REASON_LEGAL },
	{ "legal", REASON_LEGAL },
	{ "attorney", REASON_LEGAL },
	{ "律师", REASON_LEGAL },
	{ "诉讼", REASON_LEGAL },
	{ "malicious", REASON_MALICIOUS },
	{ "fraud", REASON_MALICIOUS },
	{ "abus", REASON_MALICIOUS },
	{ "恶意", REASON_MALICIOUS },
	{ "欺诈", REASON_MALICIOUS },
	{ "complain", REASON_COMPLAINT },
	{ "投诉", REASON_COMPLAINT },
	{ "dead", REASON_DEAD_NUMBER },
	{ "disconnect", REASON_DEAD_NUMBER },
	{ "unallocated", REASON_DEAD_NUMBER },
	{ "空号", REASON_DEAD_NUMBER },
	{ "停机", REASON_DEAD_NUMBER },
	{ "behav", REASON_BEHAVIOUR },
	{ "hang", REASON_BEHAVIOUR },
	{ "挂断", REASON_BEHAVIOUR },
	{ "policy", REASON_POLICY },
	{ "regulator", REASON_POLICY },
	{ "政策", REASON_POLICY },
	{ "opt", REASON_REQUEST },
	{ "request", REASON_REQUEST },
	{ "unsub", REASON_REQUEST },
	{ "refus", REASON_REQUEST },
	{ "stop", REASON_REQUEST },
	{ "do not call", REASON_REQUEST },
	{ "dnc", REASON_REQUEST },
	{ "退订", REASON_REQUEST },
	{ "拒绝", REASON_REQUEST },
	{ "要求", REASON_REQUEST },
};

/* Does `s` hold `word` (lower case), whatever the case of its letters? */
static bool
span_has_nocase(struct span s, const char *word)
{
	size_t n = strlen(word);
	size_t i;

	for (i = 0; n <= s.n && i <= s.n - n; i++)
		if (span_eq_nocase(span_of(s.p + i, n), span_of(word, n)))
			return true;
	return false;
}

enum fact_reason
fact_reason_parse(struct span s)
{
	size_t i;

	s = span_trim(s);
	if (s.n == 0)
		return REASON_NONE;
	for (i = 1; i < FACT_REASONS; i++)
		if (span_eq_nocase(s, span_str(reason_names[i])))
			return (enum fact_reason)i;
	for (i = 0; i < sizeof(reason_words) / sizeof(*reason_words); i++)
		if (span_has_nocase(s, reason_words[i].word))
			return reason_words[i].reason;
	return REASON_OTHER;
}

static const char *const channel_names[FACT_CHANNELS] = {
	[CHANNEL_ANY] = "any",
	[CHANNEL_VOICE] = "voice",
	[CHANNEL_SMS] = "sms",
	[CHANNEL_EMAIL] = "email",
	[CHANNEL_OTHER] = "other",
};

const char *
fact_channel_name(enum fact_channel c)
{
	return (unsigned)c < FACT_CHANNELS ? channel_names[c] : "";
}

static const struct channel_word {
	const char *word;
	enum fact_channel channel;
} channel_words[] = {
	{ "any", CHANNEL_ANY },
	{ "all", CHANNEL_ANY },
	{ "*", CHANNEL_ANY },
	{ "全部", CHANNEL_ANY },
	{ "所有", CHANNEL_ANY },
	{ "voice", CHANNEL_VOICE },
	{ "call", CHANNEL_VOICE },
	{ "calls", CHANNEL_VOICE },
	{ "phone", CHANNEL_VOICE },
	{ "telephone", CHANNEL_VOICE },
	{ "电话", CHANNEL_VOICE },
	{ "语音", CHANNEL_VOICE },
	{ "外呼", CHANNEL_VOICE },
	{ "sms", CHANNEL_SMS },
	{ "text", CHANNEL_SMS },
	{ "短信", CHANNEL_SMS },
	{ "email", CHANNEL_EMAIL },
	{ "e-mail", CHANNEL_EMAIL },
	{ "mail", CHANNEL_EMAIL },
	{ "邮件", CHANNEL_EMAIL },
	{ "邮箱", CHANNEL_EMAIL },
	{ "other", CHANNEL_OTHER },
	{ "其他", CHANNEL_OTHER },
};

bool
fact_channel_parse(enum fact_channel *out, struct span s)
{
	size_t i;

	s = span_trim(s);
	if (s.n == 0) {
		*out = CHANNEL_ANY;
		return true;
	}
	for (i = 0; i < sizeof(channel_words) / sizeof(*channel_words); i++) {
		if (span_eq_nocase(s, span_str(channel_words[i].word))) {
			*out = channel_words[i].channel;
			return true;
		}
	}
	return false;
}
