package console

// WaitAhead waits until nothing is printed ahead of being opened.
func (c *Console) WaitAhead() { c.shown.ahead.Wait() }
