package profiles

import "time"

// Dates and times of FHIR R4 (datatypes page, "date", "dateTime", "instant", "time"), checked by hand because a regular
// expression cannot tell 30 February from a day that exists.

func number2(s string) int {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return -1
	}
	return int(s[0]-'0')*10 + int(s[1]-'0')
}

// datePart reads YYYY, YYYY-MM or YYYY-MM-DD at the start of s: how long it is, and what is wrong with it.
func datePart(s string) (length int, problem string) {
	if len(s) < 4 || !digits(s[:4]) {
		return 0, "does not start with a year of four digits"
	}
	if s[:4] == "0000" {
		return 0, "has the year 0000"
	}
	if len(s) == 4 || s[4] != '-' {
		return 4, ""
	}
	month := number2(s[5:])
	if month < 1 || month > 12 {
		return 0, "has no month from 01 to 12 after the year"
	}
	if len(s) == 7 || s[7] != '-' {
		return 7, ""
	}
	day := number2(s[8:])
	if day < 1 {
		return 0, "has no day of two digits after the month"
	}
	if day > daysIn(int(s[0]-'0')*1000+int(s[1]-'0')*100+int(s[2]-'0')*10+int(s[3]-'0'), month) {
		return 0, "is a day that the calendar does not have"
	}
	return 10, ""
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

func checkDate(s string) string {
	n, problem := datePart(s)
	if problem != "" {
		return problem
	}
	if n != len(s) {
		return "is not of the form YYYY, YYYY-MM or YYYY-MM-DD"
	}
	return ""
}

func checkDateTime(s string) string {
	n, problem := datePart(s)
	if problem != "" || n == len(s) {
		return problem
	}
	if n != 10 || s[10] != 'T' {
		return "is not of the form YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone"
	}
	return checkClock(s[11:], true)
}

func checkInstant(s string) string {
	n, problem := datePart(s)
	if problem != "" {
		return problem
	}
	if n != 10 || len(s) == 10 || s[10] != 'T' {
		return "is not of the form YYYY-MM-DDThh:mm:ss with a time zone"
	}
	return checkClock(s[11:], true)
}

func checkTime(s string) string { return checkClock(s, false) }

// checkClock reads hh:mm:ss, perhaps with a fraction, and the time zone that must or must not follow.
func checkClock(s string, zoned bool) string {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return "has no time of the form hh:mm:ss"
	}
	hour, minute, second := number2(s), number2(s[3:]), number2(s[6:])
	switch {
	case hour < 0 || hour > 23:
		return "has an hour that is not from 00 to 23"
	case minute < 0 || minute > 59:
		return "has a minute that is not from 00 to 59"
	case second < 0 || second > 60:
		return "has a second that is not from 00 to 60"
	}
	s = s[8:]
	if s != "" && s[0] == '.' {
		i := 1
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if i == 1 {
			return "has no digits after the point"
		}
		s = s[i:]
	}
	switch {
	case !zoned && s != "":
		return "has a time zone or other text after the time"
	case !zoned || s == "Z":
		return ""
	case s == "":
		return "has a time but no time zone"
	case len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':':
		return "has a time zone that is neither Z nor of the form +hh:mm"
	}
	zone, offset := number2(s[1:]), number2(s[4:])
	if zone < 0 || zone > 14 || offset < 0 || offset > 59 || zone == 14 && offset > 0 {
		return "has a time zone further than 14:00 from UTC"
	}
	return ""
}

// parseInstant reads a date and time with a zone.
func parseInstant(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}
