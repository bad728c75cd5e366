package bucket

// SetPart makes parts smaller than they are: files of many megabytes would make tests slow.
func (p *Place) SetPart(size int64) { p.part = size }
