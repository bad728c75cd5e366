package mocks

// privacyDefects are faults in who sees what, and in what is recorded about it.
func privacyDefects() []Defect {
	return []Defect{
		{
			ID: "D64", Family: "privacy", Severity: "S3",
			Title:  "request and correlation ids do not come back",
			Breaks: "the two sides' logs of one request cannot be joined",
			hooks: hooks{reply: func(_ *call, a *reply) {
				for _, name := range mirrored() {
					a.header.Del(name)
				}
			}},
		},
	}
}
