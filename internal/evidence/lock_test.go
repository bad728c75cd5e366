package evidence_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/internal/evidence"
)

func TestALockIsTakenOnceAndSaysByWhom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "work", "lock")
	first, err := evidence.TakeLock(path, "the first")
	if err != nil {
		t.Fatal(err)
	}
	_, err = evidence.TakeLock(path, "the second")
	if busy := (*evidence.BusyError)(nil); !errors.As(err, &busy) || busy.Holder != "the first" {
		t.Errorf("the second was told %v", err)
	}
	if err := first.Release(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of the lock is left: %v", err)
	}
	third, err := evidence.TakeLock(path, "the third")
	if err != nil {
		t.Fatalf("a lock that was let go cannot be taken: %v", err)
	}
	_ = third.Release()
}

func TestTheFileOfADeadProcessIsNoLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, []byte("process 1, long ago, with more to say than the next one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := evidence.TakeLock(path, "process 2")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release() //nolint:errcheck // the folder goes with the test
	if said, err := os.ReadFile(path); err != nil || string(said) != "process 2\n" {
		t.Errorf("the lock says %q, %v", said, err)
	}
}

func TestOfManyWhoWantALockOneHasItAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "work", "lock")
	inside := make(chan struct{}, 1)
	done := make(chan error)
	for range 16 {
		go func() {
			for took := 0; took < 20; {
				lock, err := evidence.TakeLock(path, "one of many")
				if busy := (*evidence.BusyError)(nil); errors.As(err, &busy) {
					continue
				}
				if err != nil {
					done <- err
					return
				}
				select {
				case inside <- struct{}{}:
				default:
					done <- errors.New("two have the lock")
					return
				}
				<-inside
				took++
				if err := lock.Release(); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 16 {
		if err := <-done; err != nil && !strings.Contains(err.Error(), "without an end") {
			t.Error(err)
		}
	}
}
