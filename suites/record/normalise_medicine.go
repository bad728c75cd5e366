package record

// A medicine may be a MedicationRequest in one system and a MedicationStatement in the other. The two are the same fact
// when they share a business identifier or when the one says that it follows from the other (basedOn, derivedFrom); the
// medicine itself must be the same then, while time and status mean different things in the two and are not compared.

// alike reports whether resources of two types can stand for one fact.
func alike(a, b string) bool { return a == b || medicine(a) && medicine(b) }

func medicine(resourceType string) bool {
	return resourceType == "MedicationRequest" || resourceType == "MedicationStatement"
}

// medicineRows are the rows that are compared between a request and a statement.
func medicineRows() []string { return []string{"medication"} }

// sameMedicine finds the statement or request that is linked with the wanted one.
func (s *Set) sameMedicine(wanted Statement) (int, bool) {
	if !medicine(wanted.Type) {
		return 0, false
	}
	for _, key := range wanted.Follows {
		if i, ok := s.byKey[key]; ok && medicine(s.statements[i].Type) && s.statements[i].Type != wanted.Type {
			return i, true
		}
	}
	for _, key := range wanted.Keys {
		if i, ok := s.byFollowed[key]; ok && medicine(s.statements[i].Type) && s.statements[i].Type != wanted.Type {
			return i, true
		}
	}
	return 0, false
}
