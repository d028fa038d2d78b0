#include "flow/call_layout.h"

#include <string.h>

#include "text/columns.h"

static const struct call_layout layouts[CALL_LAYOUTS] = {
	[LAYOUT_GENERIC] = { .name = "generic" },
	/* accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp,
	 * lastdata, start, answer, end, duration, billsec, disposition,
	 * amaflags, uniqueid ... */
	[LAYOUT_ASTERISK] = { .name = "asterisk",
	    .number = 3,
	    .called_at = 10,
	    .outcome = 15,
	    .id = 17,
	    .columns = 16 },
	/* caller_id_name, caller_id_number, destination_number, context,
	 * start_stamp, answer_stamp, end_stamp, duration, billsec,
	 * hangup_cause, uuid ... */
	[LAYOUT_FREESWITCH] = { .name = "freeswitch",
	    .number = 3,
	    .called_at = 5,
	    .answered = 6,
	    .id = 11,
	    .columns = 11 },
	/* call_date, phone_number_dialed, status, user, full_name,
	 * campaign_id, vendor_lead_code ... */
	[LAYOUT_VICIDIAL] = { .name = "vicidial",
	    .called_at = 1,
	    .number = 2,
	    .outcome = 3,
	    .campaign = 6,
	    .person = 7,
	    .columns = 7 },
};

const struct call_layout *
call_layout(enum call_layout_name l)
{
	return &layouts[l];
}

const struct call_layout *
call_layout_find(const char *name)
{
	size_t i;

	for (i = 0; i < CALL_LAYOUTS; i++)
		if (strcmp(layouts[i].name, name) == 0)
			return &layouts[i];
	return NULL;
}

static bool
one_of(struct span s, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (span_eq_nocase(s, span_str(words[i])))
			return true;
	return false;
}

#define ONE_OF(s, words) one_of((s), (words), sizeof(words) / sizeof(*(words)))

bool
call_layout_header(const struct call_layout *l, const struct span *cell,
    size_t n)
{
	if (l->number == 0 || l->number > n)
		return false;
	return column_means(cell[l->number - 1], COLUMN_NUMBER) > 0 ||
	    span_eq_nocase(cell[l->number - 1], SPAN("phone_number_dialed"));
}

bool
call_layout_is_id(struct span name)
{
	static const char *const names[] = { "uniqueid", "unique_id", "uuid",
		"call_id", "callid", "call id", "call_uuid", "calluuid",
		"call sid", "callsid", "call_sid", "historyid", "history_id",
		"recordid", "record_id", "cdr_id", "通话id", "通话编号",
		"呼叫id", "呼叫编号", "通話編號" };

	return ONE_OF(span_trim(name), names);
}

/* Words of Asterisk and of logs in general. */
bool
call_unanswered(struct span s)
{
	static const char *const words[] = { "NO ANSWER", "NOANSWER",
		"NO-ANSWER", "NO_ANSWER", "NOT ANSWERED", "UNANSWERED", "BUSY",
		"FAILED", "FAIL", "CONGESTION", "CANCEL", "CANCELED",
		"CANCELLED", "MISSED", "REJECTED", "INVALID", "UNREACHABLE",
		"CHANUNAVAIL", "NOT CONNECTED", "NO", "N", "0", "FALSE",
		"ORIGINATOR_CANCEL", "USER_BUSY", "NO_USER_RESPONSE",
		"CALL_REJECTED", "UNALLOCATED_NUMBER", "INVALID_NUMBER_FORMAT",
		"NORMAL_TEMPORARY_FAILURE", "RECOVERY_ON_TIMER_EXPIRE",
		"未接通", "未接", "未接听", "无人接听", "无应答", "占线", "忙",
		"忙线", "空号", "关机", "停机", "拒接", "无法接通", "失败",
		"取消", "否", "未接聽", "無人接聽", "忙線", "空號", "關機",
		"停機" };

	return ONE_OF(span_trim(s), words);
}

/*
 * VICIdial's own statuses of calls that no person answered; those that a
 * campaign has made up are answered ones for us.  (DROP was answered.)
 */
static bool
vicidial_unanswered(struct span s)
{
	static const char *const words[] = { "NA", "N", "B", "AB", "DC", "ADC",
		"ADCT", "NEW", "QUEUE", "INCALL", "LRERR", "CPDATB", "CPDB",
		"CPDNA", "CPDREJ", "CPDINV" };

	return ONE_OF(s, words);
}

bool
call_layout_answered(const struct call_layout *l, struct span outcome,
    struct span answered)
{
	outcome = span_trim(outcome);
	if (l->answered)
		return span_trim(answered).n > 0;
	if (l == &layouts[LAYOUT_VICIDIAL])
		return !vicidial_unanswered(outcome);
	return !call_unanswered(outcome);
}
