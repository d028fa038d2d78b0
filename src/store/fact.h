/*
 * fact.h - one thing that is known of a number or a person, in 8 bytes.
 *
 * Facts hang on a subject key:
 *   a number   the digits of its E.164 form as one integer (below 2^63);
 *   a person   a keyed 62-bit hash of the customer id, top bits 11;
 *   a prefix   numbers that begin with some digits, for wildcards such as
 *              0755*: those digits as an integer, top bits 10.
 */
#ifndef SCRUB_STORE_FACT_H
#define SCRUB_STORE_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum fact_kind {
	FACT_NONE,
	FACT_DNC,       /* internal do-not-call; until: when it ends */
	FACT_LISTED,    /* on an external list; until: when it ends */
	FACT_CONSENT,   /* consent; until: when it expires */
	FACT_GRANTED,   /* when the consent with the same n was given; without
	                   one it was given before anything else happened */
	FACT_WITHDRAWN, /* until: when consent was withdrawn */
	FACT_CALL,      /* until: when the call was made; n: CALL_... */
	FACT_ALLOW,     /* until: when it ends */
	FACT_KINDS
};

/* Why an entry stands on a list; FACT_DNC and FACT_LISTED have it in n. */
enum fact_reason {
	REASON_NONE,
	REASON_REQUEST,
	REASON_COMPLAINT,
	REASON_BEHAVIOUR,
	REASON_MALICIOUS,
	REASON_POLICY,
	REASON_LEGAL,
	REASON_DEAD_NUMBER,
	REASON_OTHER,
	FACT_REASONS
};

/* What is known of a call, in n.  Nothing known is CALL_COUNTS. */
enum fact_call {
	CALL_COUNTS,     /* for every cap */
	CALL_UNANSWERED, /* not for caps of answered calls */
	CALL_BOOKED, /* in an index: booked; what it counts for depends on the
	                moment of a run */
};

enum fact_channel {
	CHANNEL_ANY,
	CHANNEL_VOICE,
	CHANNEL_SMS,
	CHANNEL_EMAIL,
	CHANNEL_OTHER,
	FACT_CHANNELS
};

enum {
	FACT_LISTS_MAX = 255,
	FACT_SCOPES_MAX = 1023, /* scope 0: any topic */
	FACT_SERIALS_MAX = 64,
};

/* Fact times: seconds since 2000-01-01T00:00:00Z. */
#define FACT_EPOCH INT64_C(946684800)
#define FACT_FOREVER UINT32_MAX

/* As it lies in tables and in the index: 64 bits, little-endian on disk. */
struct fact {
	uint32_t until;
	uint8_t list;
	uint8_t kind;    /* 4 bits used */
	uint16_t scope;  /* 10 bits used */
	uint8_t channel; /* 4 bits used */
	uint8_t n;       /* 6 bits used: reason code, serial of consent,
	                    enum fact_call */
};

/* The packed form, and back. */
static inline uint64_t
fact_pack(const struct fact *f)
{
	return (uint64_t)f->until | (uint64_t)f->list << 32 |
	    (uint64_t)f->scope << 40 | (uint64_t)f->channel << 50 |
	    (uint64_t)f->kind << 54 | (uint64_t)f->n << 58;
}

static inline void
fact_unpack(struct fact *f, uint64_t v)
{
	f->until = (uint32_t)v;
	f->list = (uint8_t)(v >> 32);
	f->scope = (uint16_t)(v >> 40 & 0x3ff);
	f->channel = (uint8_t)(v >> 50 & 15);
	f->kind = (uint8_t)(v >> 54 & 15);
	f->n = (uint8_t)(v >> 58);
}

static inline unsigned
fact_kind_of(uint64_t v)
{
	return (unsigned)(v >> 54 & 15);
}

static inline uint8_t
fact_list_of(uint64_t v)
{
	return (uint8_t)(v >> 32);
}

/* The same of another list. */
static inline uint64_t
fact_of_list(uint64_t v, uint8_t list)
{
	return (v & ~(UINT64_C(0xff) << 32)) | (uint64_t)list << 32;
}

/*
 * UTC seconds as a fact time.  Before 2000 is 0; CLOCK_NEVER and any date
 * past 2136 are FACT_FOREVER.
 */
static inline uint32_t
fact_time(int64_t utc)
{
	if (utc <= FACT_EPOCH)
		return 0;
	return utc >= FACT_EPOCH + (int64_t)FACT_FOREVER ?
	    FACT_FOREVER :
	    (uint32_t)(utc - FACT_EPOCH);
}

/* And back; FACT_FOREVER is CLOCK_NEVER. */
int64_t fact_utc(uint32_t until);

/*
 * The subject key for "every number that begins with these digits", country
 * code first.  (No zero leads, so the integer tells how many they are.)
 */
static inline uint64_t
subject_prefix(uint64_t digits)
{
	return UINT64_C(1) << 63 | digits;
}

/* How many digits a number has, or what a prefix begins with; 0 has none. */
static inline unsigned
subject_digits(uint64_t digits)
{
	unsigned n = 0;

	for (; digits; digits /= 10)
		n++;
	return n;
}

/* The subject key of a customer id, under the table's seed. */
uint64_t subject_person(struct span id, uint64_t seed);

static inline bool
subject_is_number(uint64_t key)
{
	return key >> 63 == 0;
}

/* "request", "dead-number"; "" for REASON_NONE. */
const char *fact_reason_name(enum fact_reason r);

/*
 * What a list's reason column says, English or Chinese, loosely: "opt_out" and
 * "客户要求" are REASON_REQUEST.  Unknown text is REASON_OTHER, none
 * REASON_NONE.
 */
enum fact_reason fact_reason_parse(struct span s);

/* "voice", "sms", "email", "other", "any". */
const char *fact_channel_name(enum fact_channel c);

/*
 * A channel cell: empty, "all" and "any" are CHANNEL_ANY; calls, phone, 电话
 * are voice; text, 短信 are sms.  False when it is none of them.
 */
bool fact_channel_parse(enum fact_channel *out, struct span s);

#endif
