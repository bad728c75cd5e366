// Package record is how checks look at one person's record in one system, and how they hold it against the ledger.
//
// It promises that records are found by NHS number only, that a person with several linked Patient records is one person
// whose data is the union of theirs, and that resources and facts are matched by business identifier, never by server
// id or by comparing JSON. What differs lawfully (reference form, time zone form, coding order, further identifiers)
// compares equal.
package record
