// Package waiver knows which findings are caused by defects of published material, and which somebody has accepted.
//
// A waiver names a rule and says in what circumstances a finding of it is excused, why, by whose account, and until when. A
// waived finding keeps its severity and is shown, and blames nobody: it never makes a resource or a system fail, and never
// passes silently either. Published lists the defects of what HL7 UK publishes, by package and version, and is part of the
// program; Read reads lists of one's own in the same form.
//
// Defects of published material that cause no finding (a link in a guide that leads nowhere, say) have no waiver.
package waiver
