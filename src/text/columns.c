/* See columns.h. */
#include "text/columns.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

enum {
	FOLDED_MAX = 128, /* a longer name is nobody's synonym */
	TOKENS_MAX = 16,
	LIST_MAX = 12, /* names shown in a message */
	NAME_MAX_SHOWN = 40,
	NUMBER_DIGITS = 7, /* what may be a phone number */
};

/* --- The synonyms --- */

static const char *const FIELD_NAMES[COLUMN_FIELDS] = {
	[COLUMN_NUMBER] = "number",
	[COLUMN_PERSON] = "person",
	[COLUMN_REASON] = "reason",
	[COLUMN_ADDED_AT] = "added_at",
	[COLUMN_EXPIRES_AT] = "expires_at",
	[COLUMN_TOPIC] = "topic",
	[COLUMN_CHANNEL] = "channel",
	[COLUMN_GRANTED_AT] = "granted_at",
	[COLUMN_WITHDRAWN_AT] = "withdrawn_at",
	[COLUMN_PURPOSE] = "purpose",
	[COLUMN_SOURCE] = "source",
	[COLUMN_CALLED_AT] = "called_at",
	[COLUMN_CAMPAIGN] = "campaign",
	[COLUMN_OUTCOME] = "outcome",
	[COLUMN_REGION] = "region",
	[COLUMN_STATUS] = "status",
};

/*
 * Folded names that mean a field, one string a field, a blank between two.
 * First English and other European ones, then Chinese, simplified and
 * traditional.
 */
static const char *const SYNONYMS[COLUMN_FIELDS] = {
	[COLUMN_NUMBER] =
	    "number phone phonenumber phoneno phonenum tel telno telnumber "
	    "telephone telephonenumber telephoneno mobile mobilenumber "
	    "mobileno mobilephone mobilephonenumber mob cell cellphone "
	    "cellphonenumber cellnumber msisdn contactnumber contactno "
	    "contactphone contacttel phonee164 e164 e164number "
	    "customerphone customerphonenumber "
	    "companyphonenumber reporttel phonenumberdialed destinationnumber "
	    "destination dst callednumber calledparty callednum callee "
	    "dialednumber dialednum dialno numberdialed numbercalled to tono "
	    "telefon telefonnummer telefonnr handy handynummer handynr "
	    "mobilnummer mobiltelefon rufnummer mobil telefono "
	    "numerodetelefono numerotelefono movil celular "
	    "telefonomovil telefonocelular telefonoparticular telephoneportable "
	    "numerodetelephone numerotelephone portable mobilefone telefone "
	    "numerodetelefone telemovel numerodecelular fone cellulare "
	    "numeroditelefono telefoon telefoonnummer "
	    "手机号 手机号码 手机 手机电话 电话 电话号码 电话号 联系电话 "
	    "联系方式 联系手机 联系号码 联系人电话 联系人手机 号码 被叫 被叫号码 "
	    "被叫号 主被叫号码 外呼号码 客户电话 客户手机 客户手机号 客户号码 "
	    "用户手机号 用户电话 用户号码 移动电话 移动电话号码 移动号码 "
	    "固定电话 固话 座机 座机号码 办公电话 家庭电话 本人手机 "
	    "手機號 手機號碼 手機 電話 電話號碼 聯絡電話 聯繫電話 連絡電話 "
	    "聯絡方式 號碼 被叫號碼 客戶電話 客戶手機 行動電話 移動電話 市話 "
	    "携帯 携帯電話 携帯番号 電話番号 전화번호 휴대폰 휴대전화",
	[COLUMN_PERSON] =
	    "person personid customerid customer custid clientid contactid "
	    "leadid memberid userid accountid subscriberid vendorleadcode "
	    "customerno customernumber customercode clientno kundennummer kundennr "
	    "idcliente clienteid numeroclient idclient "
	    "客户编号 客户id 客户号 客户代码 用户id 用户编号 会员号 会员编号 会员id "
	    "客戶編號 客戶id 會員編號 會員號",
	[COLUMN_REASON] =
	    "reason reasoncode optoutreason dncreason blockreason note "
	    "description violation why motivo grund motif razon "
	    "原因 理由 拒绝原因 备注 加入原因 屏蔽原因 拒接原因 備註 拒絕原因",
	[COLUMN_ADDED_AT] =
	    "addedat added addeddate dateadded addedon created createdat "
	    "createddate createdon creationdate datecreated listedat "
	    "blockedat dncdate registeredat registrationdate entrydate "
	    "effectivedate effectiveat requestedat requestdate "
	    "加入时间 加入日期 添加时间 添加日期 创建时间 创建日期 登记时间 登记日期 "
	    "录入时间 录入日期 生效时间 生效日期 申请时间 "
	    "加入時間 加入日期 建立時間 建立日期 登記時間 登記日期 生效日期",
	[COLUMN_EXPIRES_AT] =
	    "expiresat expires expiry expirydate expirytime expiration "
	    "expirationdate expirationtime expireson expiredate expireat "
	    "expiredat validuntil validto validthrough until enddate endsat "
	    "coolingoffend ablaufdatum gueltigbis gultigbis caducidad "
	    "fechadecaducidad vencimiento validade expiration "
	    "到期时间 到期日 到期日期 有效期至 有效期 有效期限 失效日期 失效时间 "
	    "过期时间 过期日期 截止日期 截止时间 有效截止日期 "
	    "到期時間 到期日期 失效時間 過期時間 過期日期 截止時間 有效期間",
	[COLUMN_TOPIC] =
	    "topic topics product productname subject category productline "
	    "service business interest "
	    "主题 产品 产品名称 业务 业务类型 产品类型 主題 產品 產品名稱 業務",
	[COLUMN_CHANNEL] =
	    "channel channels medium contactchannel channeltype canal kanal "
	    "渠道 通道 联系渠道 触达渠道 方式 管道 聯絡管道",
	[COLUMN_GRANTED_AT] =
	    "grantedat granted granteddate grantedon consentedat consented "
	    "consentdate consenttime consenttimestamp consentgrantedat "
	    "consentat consentgivenat optedinat optindate optintime optinat "
	    "dateofconsent agreedat authorizedat authorisedat "
	    "authorizationdate validfrom "
	    "授权时间 授权日期 同意时间 同意日期 签署时间 签署日期 许可时间 "
	    "授權時間 授權日期 同意時間 簽署日期",
	[COLUMN_WITHDRAWN_AT] =
	    "withdrawnat withdrawn withdrawndate withdrawaldate withdrawalat "
	    "withdrawnon revokedat revoked revokeddate revocationdate "
	    "optedoutat optoutat optoutdate optouttime optedout "
	    "unsubscribedat unsubscribed unsubscribedate cancelledat "
	    "撤回时间 撤回日期 撤销时间 撤销日期 取消时间 退订时间 退订日期 取消授权时间 "
	    "撤回時間 撤銷時間 退訂時間",
	[COLUMN_PURPOSE] =
	    "purpose purposes legalbasis consentpurpose usage zweck "
	    "finalidad finalite "
	    "目的 用途 授权用途 使用目的 授權用途",
	[COLUMN_SOURCE] =
	    "source sources origin leadsource consentsource datasource "
	    "collectedvia obtainedfrom quelle fuente origine "
	    "来源 数据来源 授权来源 渠道来源 來源 資料來源",
	[COLUMN_CALLED_AT] =
	    "calledat called calldate calltime calldatetime calltimestamp "
	    "datecalled timecalled calledon startstamp starttime startedat "
	    "start startdate startingdate startdatetime timestart callstart "
	    "callstarttime datetimestartutc lastcall lastcalled "
	    "lastcallat lastcalldate lastcalltime lastcontactedat dialedat "
	    "dialtime dialdate attemptedat attemptdate "
	    "呼叫时间 拨打时间 外呼时间 通话时间 通话开始时间 开始时间 呼叫日期 "
	    "拨打日期 外呼日期 最近呼叫时间 最后呼叫时间 呼出时间 "
	    "呼叫時間 撥打時間 通話時間 開始時間 撥打日期",
	[COLUMN_CAMPAIGN] =
	    "campaign campaignid campaignname campaigncode campana campagne "
	    "kampagne campanha "
	    "活动 活动名称 活动编号 活动id 任务 任务名称 项目 项目名称 "
	    "活動 活動名稱 專案",
	[COLUMN_OUTCOME] =
	    "outcome disposition status result callstatus callresult "
	    "calloutcome calldisposition hangupcause lastcallresult "
	    "resultado ergebnis resultat "
	    "结果 呼叫结果 通话结果 外呼结果 通话状态 呼叫状态 状态 接通状态 "
	    "結果 通話結果 狀態 呼叫結果",
	[COLUMN_REGION] =
	    "region regioncode country countrycode countryiso iso2 "
	    "isocountry phonecode callingcode dialcode countrycallingcode "
	    "land pais pays paese "
	    "国家 地区 国家代码 国家地区 国家码 国际区号 地域 "
	    "國家 地區 國家代碼 國碼",
	[COLUMN_STATUS] =
	    "status consent consentstatus consentgiven consented hasconsent "
	    "smsconsent callconsent phoneconsent voiceconsent optin "
	    "optinstatus optedin subscribed estado einwilligung consentement "
	    "状态 授权状态 同意状态 是否同意 是否授权 同意 授权 "
	    "狀態 授權狀態 同意狀態 是否授權 授權",
};

/* Words that make a longer name a phone column ("Work Phone 2"). */
static const char PHONE_WORDS[] =
    "phone phones telephone tel mobile mob cell cellphone mobilephone "
    "phonenumber mobilenumber telnumber msisdn telefon telefono telefonnummer "
    "handy handynummer rufnummer portable movil celular telefone telemovel "
    "fone landline telefoon cellulare gsm";

/* Words that say it is about a phone, or is another kind of number. */
static const char OTHER_WORDS[] =
    "fax faxes telefax pager type types typ tipo kind id ids uuid ext exts "
    "extension code codes area prefix country carrier operator network "
    "provider model brand make device os platform app version duration count "
    "status state valid validity validated verified verification flag opt "
    "optin optout consent dnc not date time timestamp at name names "
    "note notes comment comments pref preference preferences preferred label "
    "labels hash hashed md5 sha1 sha256 score reason source price cost bill "
    "minutes usage data plan call calls called caller calling url uri link "
    "email mail address region timezone tz zone is has format description "
    "tower line text sms attempt attempts plate card bank imei imsi sim "
    "seconds location city owner holder by updated modified added created";

/* The same for Chinese, which has no blanks: parts of a name. */
static const char *const PHONE_PARTS[] = { "手机", "手機", "电话", "電話",
	"携帯" };
static const char *const OTHER_PARTS[] = { "传真", "傳真", "类型", "類型",
	"型号", "型號", "品牌", "归属", "歸屬", "备注", "備註", "状态", "狀態",
	"编号", "編號", "姓名", "名称", "名稱", "时长", "時長", "次数", "次數",
	"时间", "時間", "日期", "运营商", "電信商", "价格", "费", "費", "数量",
	"數量", "是否", "结果", "結果", "地址", "城市", "套餐", "标签", "標籤",
	"区号", "區號", "密码", "密碼", "验证", "驗證", "邮", "郵", "系统",
	"系統", "营销", "記錄", "记录", "内容", "原因", "录音", "錄音", "分机",
	"分機", "id" };

/* --- Folding --- */

/*
 * One character of a name: an ASCII one (full-width and accented letters as
 * plain lower case ones), or the bytes of another.
 */
struct letter {
	const char *p; /* where it stands */
	size_t n;
	char ascii; /* 0: none */
	bool upper;
};

/* Letters U+00C0 to U+00FF without their accents, 0 for signs. */
static const char LATIN1[] =
    "aaaaaaaceeeeiiiidnooooo\0ouuuuy\0saaaaaaaceeeeiiiidnooooo\0ouuuuy\0y";

/* U+FF01..U+FF5E are ASCII's, U+3000 a blank. */
static char
full_width(const unsigned char *p)
{
	if (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80)
		return ' ';
	if (p[0] == 0xEF && p[1] == 0xBC && p[2] >= 0x81 && p[2] <= 0xBF)
		return (char)(p[2] - 0x81 + '!');
	if (p[0] == 0xEF && p[1] == 0xBD && p[2] >= 0x80 && p[2] <= 0x9E)
		return (char)(p[2] - 0x80 + '`');
	return 0;
}

static struct letter
next_letter(struct span *s)
{
	const unsigned char *p = (const unsigned char *)s->p;
	struct letter l = { .p = s->p, .n = 1 };

	if (p[0] < 0x80)
		l.ascii = s->p[0];
	else if (p[0] >= 0xF0 && s->n >= 4)
		l.n = 4;
	else if (p[0] >= 0xE0 && s->n >= 3)
		l.n = 3;
	else if (p[0] >= 0xC0 && s->n >= 2)
		l.n = 2;
	if (l.n == 3)
		l.ascii = full_width(p);
	if (l.n == 2 && p[0] == 0xC3 && p[1] >= 0x80 && p[1] < 0xC0)
		l.ascii = LATIN1[p[1] - 0x80];
	if (l.n == 2 && p[0] == 0xC2 && p[1] == 0xA0)
		l.ascii = ' ';
	if (l.ascii >= 'A' && l.ascii <= 'Z') {
		l.upper = true;
		l.ascii = (char)(l.ascii + ('a' - 'A'));
	}
	*s = span_of(s->p + l.n, s->n - l.n);
	return l;
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A name as it is compared; empty when it is too long. */
struct folded {
	char text[FOLDED_MAX];
	size_t n;
};

static struct span
folded_span(const struct folded *f)
{
	return span_of(f->text, f->n);
}

static void
folded_add(struct folded *f, const struct letter *l)
{
	const char *p = l->ascii ? &l->ascii : l->p;
	size_t n = l->ascii ? 1 : l->n;

	if (f->n + n <= sizeof(f->text))
		memcpy(f->text + f->n, p, n);
	f->n += n;
}

static void
fold(struct folded *out, struct span name)
{
	static const char dropped[] = " \t\r\n_-.:*#'\"()[]{}<>";

	out->n = 0;
	while (name.n > 0) {
		struct letter l = next_letter(&name);

		if (l.ascii && strchr(dropped, l.ascii))
			continue;
		folded_add(out, &l);
	}
	if (out->n > sizeof(out->text))
		out->n = 0;
}

/* Is `word` one of the blank-separated `words`? */
static bool
one_of(const char *words, struct span word)
{
	while (*words) {
		size_t n = strcspn(words, " ");

		if (span_eq(span_of(words, n), word))
			return true;
		words += n;
		words += strspn(words, " ");
	}
	return false;
}

/* --- Words of a name --- */

enum letter_class { OTHER, LETTER, DIGIT, FOREIGN };

static enum letter_class
class_of(const struct letter *l)
{
	if (!l->ascii)
		return FOREIGN;
	return is_letter(l->ascii) ? LETTER :
	    is_digit(l->ascii)     ? DIGIT :
				     OTHER;
}

/*
 * Words: runs of letters, of digits or of other writing; a capital after a
 * small letter begins one ("ReportTel").
 */
struct words {
	struct folded text;
	struct span word[TOKENS_MAX];
	size_t n;
};

static void
split_words(struct words *out, struct span name)
{
	enum letter_class before = OTHER;
	bool upper = false;

	out->n = out->text.n = 0;
	while (name.n > 0) {
		struct letter l = next_letter(&name);
		enum letter_class class = class_of(&l);
		size_t at = out->text.n;

		if (class != OTHER) {
			folded_add(&out->text, &l);
			if (out->text.n > sizeof(out->text.text))
				break;
			if (class != before || (l.upper && !upper)) {
				if (out->n == TOKENS_MAX)
					break;
				out->word[out->n++] = span_of(out->text.text +
					at,
				    0);
			}
			out->word[out->n - 1].n += out->text.n - at;
		}
		before = class;
		upper = l.upper;
	}
	if (name.n > 0) /* too long to be a synonym */
		out->n = 0;
}

static bool
has_part(struct span s, const char *part)
{
	return s.n > 0 && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool
has_any(struct span s, const char *const *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_part(s, parts[i]))
			return true;
	return false;
}

/* "homephone", "worktelephone": written as one word. */
static bool
ends_in_phone(struct span w)
{
	static const char others[] = "microphone headphone earphone saxophone "
				     "smartphone";
	struct span phone = SPAN("phone");

	return w.n > phone.n &&
	    memcmp(w.p + w.n - phone.n, phone.p, phone.n) == 0 &&
	    !one_of(others, w);
}

static bool
loosely_phone(struct span name)
{
	struct words w;
	struct folded f;
	bool phone = false;

	split_words(&w, name);
	for (size_t i = 0; i < w.n; i++) {
		if (one_of(OTHER_WORDS, w.word[i]))
			return false;
		phone |= one_of(PHONE_WORDS, w.word[i]) ||
		    ends_in_phone(w.word[i]);
	}
	if (phone)
		return true;
	fold(&f, name);
	return has_any(folded_span(&f), PHONE_PARTS, COUNT(PHONE_PARTS)) &&
	    !has_any(folded_span(&f), OTHER_PARTS, COUNT(OTHER_PARTS));
}

/* Are the last words a synonym ("dnc reason", "our campaign id")? */
static bool
ends_in_synonym(struct span name, enum column_field field)
{
	struct words w;
	struct span all;

	split_words(&w, name);
	if (w.n < 2)
		return false;
	all = folded_span(&w.text);
	for (size_t i = 1; i < w.n; i++) {
		const char *from = w.word[i].p;
		struct span tail = span_of(from,
		    all.n - (size_t)(from - all.p));

		if (tail.n >= 5 && one_of(SYNONYMS[field], tail))
			return true;
	}
	return false;
}

/* --- The interface --- */

const char *
column_field_name(enum column_field f)
{
	return FIELD_NAMES[f];
}

bool
column_field_parse(enum column_field *out, struct span name)
{
	for (int i = 0; i < COLUMN_FIELDS; i++)
		if (span_eq(name, span_str(FIELD_NAMES[i]))) {
			*out = (enum column_field)i;
			return true;
		}
	return false;
}

int
column_means(struct span name, enum column_field field)
{
	struct folded f;

	fold(&f, name);
	if (f.n == 0)
		return 0;
	if (one_of(SYNONYMS[field], folded_span(&f)))
		return 2;
	return field == COLUMN_NUMBER ? loosely_phone(name) :
					ends_in_synonym(name, field);
}

int
column_is_phone(struct span name)
{
	return column_means(name, COLUMN_NUMBER);
}

/*
 * A "header" may be the first row of a list that has none: of a name that may
 * be a phone number only the last two characters are shown.
 */
static void
add_name(struct buf *out, struct span name)
{
	size_t digits = 0, n = name.n;

	for (size_t i = 0; i < name.n; i++)
		digits += is_digit(name.p[i]) ||
		    (unsigned char)name.p[i] == 0xEF; /* full-width ones */
	if (digits >= NUMBER_DIGITS) {
		buf_adds(out, "\xE2\x80\xA6");
		name = (unsigned char)name.p[n - 1] < 0x80 ?
		    span_of(name.p + n - 2, 2) :
		    span_of("", 0);
	} else if (n > NAME_MAX_SHOWN) {
		n = NAME_MAX_SHOWN;
		while (n > 0 && ((unsigned char)name.p[n] & 0xC0) == 0x80)
			n--; /* not amid a character */
		name.n = n;
	}
	buf_addspan(out, name);
}

void
column_list(char *out, size_t cap, const struct span *names, size_t n)
{
	struct buf text = BUF_INIT(64 * 1024);

	for (size_t i = 0; i < n && i < LIST_MAX; i++) {
		if (i > 0)
			buf_adds(&text, ", ");
		add_name(&text, names[i]);
	}
	if (n > LIST_MAX)
		buf_addf(&text, ", and %zu more", n - LIST_MAX);
	snprintf(out, cap, "%.*s", (int)text.n, text.n ? text.p : "");
	buf_release(&text);
}

/* Columns whose name is `given`, exactly or folded; the last in *out. */
static size_t
count_named(unsigned *out, struct span given, const struct span *names,
    size_t n, bool folded)
{
	struct folded want, have;
	size_t found = 0;

	fold(&want, given);
	for (size_t i = 0; i < n; i++) {
		fold(&have, names[i]);
		if (folded ? want.n == 0 ||
			    !span_eq(folded_span(&want), folded_span(&have)) :
			     !span_eq(given, names[i]))
			continue;
		*out = (unsigned)i;
		found++;
	}
	return found;
}

/* A number from 1 to n; 0 when it is none. */
static size_t
column_number(struct span s, size_t n)
{
	size_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return 0;
		v = v * 10 + (size_t)(s.p[i] - '0');
		if (v > n)
			return 0;
	}
	return v;
}

int
column_find(unsigned *out, struct span given, const struct span *names,
    size_t n, bool has_header, enum err_code code, struct err *err)
{
	char list[512];
	size_t found = 0, number = column_number(given, n);

	if (has_header) {
		found = count_named(out, given, names, n, false);
		if (found == 0 && number == 0)
			found = count_named(out, given, names, n, true);
	}
	if (found == 1)
		return 0;
	if (found > 1) {
		err_set(err, code, "%zu columns are named '%.*s'", found,
		    (int)given.n, given.p);
		return err_hint(err, "give the column's number, from 1 to %zu",
		    n);
	}
	if (number > 0) {
		*out = (unsigned)(number - 1);
		return 0;
	}
	/* Without a header the first row would be shown, numbers and all. */
	if (!has_header)
		return err_set(err, code,
		    "no column '%.*s'; there is no header"
		    ", so say which of the %zu by number",
		    (int)given.n, given.p, n);
	column_list(list, sizeof(list), names, n);
	return err_set(err, code, "no column '%.*s'; there are: %s",
	    (int)given.n, given.p, list);
}

void
column_want(unsigned *want, size_t *n, unsigned column)
{
	size_t i, k;

	for (i = 0; i < *n && want[i] < column; i++)
		;
	if (i < *n && want[i] == column)
		return;
	for (k = (*n)++; k > i; k--)
		want[k] = want[k - 1];
	want[i] = column;
}

unsigned
column_place(const unsigned *want, unsigned column)
{
	unsigned i = 0;

	while (want[i] != column)
		i++;
	return i;
}
