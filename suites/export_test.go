package suites

// WithoutSpecs has a run judged by its results alone, without a Ginkgo spec for each of them. Ginkgo lets one suite run at
// a time in a process; tests that run everything a hundred times want two.
func (c *Config) WithoutSpecs() { c.withoutSpecs = true }
