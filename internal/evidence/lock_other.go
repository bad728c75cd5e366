//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package evidence

import "os"

// tryLock takes whatever is free for a lock where the system knows none: two runs into one folder are not kept apart there.
func tryLock(*os.File) (bool, error) { return true, nil }
