// The metadata inside npm google-libphonenumber, by field number.
export const F = {
	general: 1, fixed: 2, mobile: 3, tollFree: 4, premium: 5, shared: 6,
	personal: 7, voip: 8, id: 9, callingCode: 10, idd: 11, trunk: 12,
	parsePrefix: 15, transform: 16, sameMobileAndFixed: 18, formats: 19,
	pager: 21, leading: 23, uan: 25, voicemail: 28,
	pattern: 2, lengths: 9, localLengths: 10,
};

// The literal that starts with the last character of `head`.
function literal(text, head) {
	const from = text.indexOf(head);
	if (from < 0)
		throw new Error(`no ${head} in the input`);
	let depth = 0;
	let quoted = false;
	for (let i = from + head.length - 1; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			if (c === '\\')
				i++;
			else if (c === '"')
				quoted = false;
		} else if (c === '"') {
			quoted = true;
		} else if (c === '{' || c === '[') {
			depth++;
		} else if ((c === '}' || c === ']') && --depth === 0) {
			const source = text.slice(from + head.length - 1, i + 1);
			return (0, eval)(`(${source})`);
		}
	}
	throw new Error(`${head} has no end`);
}

// Where we decided against the metadata; tests/parity/decided.tsv says so, too.
//
// China, 010-800x xxxx and 021-800x xxxx: left out of the fixed lines because
// toll-free numbers begin in the same way (10800 and seven digits more).  Those
// are two digits longer, so nothing is confused; in every other area such
// numbers are fixed lines; and refusing a line that exists loses a customer.
function decide(regions) {
	const fixed = regions.CN[F.fixed];
	if (!fixed[F.pattern].startsWith('(?:10(?:[02-79]'))
		throw new Error('the fixed lines of China are not what they were');
	fixed[F.pattern] += '|(?:10|21)800\\d{5}';
}

export function load(bytes) {
	const text = bytes.toString('utf8');
	const at = 'i18n.phonenumbers.metadata.';
	const regions = literal(text, `${at}countryToMetadata={`);
	decide(regions);
	return {
		regions,
		codes: literal(text, `${at}countryCodeToRegionCodeMap={`),
	};
}
