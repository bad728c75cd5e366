package console_test

import (
	"net/url"
	"testing"
	"time"

	"concord.example/concord/reports/console"
)

func TestARunThatWasStoppedGoesOnInItsOwnFolder(t *testing.T) {
	dir, starter := t.TempDir(), newStarter()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	write(t, dir, "whole", aRun("r2", at, ""), patient)
	progress(t, dir, "killed", console.Progress{Began: at, At: at, Step: "asking", Done: 1, Total: 4})
	c := open(t, console.Options{Dir: dir, Starter: starter, Clock: time.Now})
	for _, folder := range []string{"one", "killed"} {
		starter.stopped = folder
		page := "/run/" + folder
		if folder == "killed" {
			page = "/watch/" + folder
		}
		holds(t, get(c, page), 200, "Go on with this run")
		holds(t, post(t, c, page, "/resume", url.Values{"folder": {folder}}), 303)
		if began := <-starter.begun; began != folder || !starter.last().Resume {
			t.Errorf("%s was begun: %+v", began, starter.last())
		}
		starter.process(folder).Stop()
	}
	for _, folder := range []string{"whole", "nowhere", "../one", ""} {
		holds(t, post(t, c, "/start", "/resume", url.Values{"folder": {folder}}), 409, "nothing to go on with")
	}
	starter.stopped = "nowhere"
	holds(t, post(t, c, "/start", "/resume", url.Values{"folder": {"nowhere"}}), 409, "nothing to go on with")
}

func TestARunIsJudgedAgainUnderWhatIsChosen(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	const page = "/run/one/rejudge"
	c := open(t, console.Options{Dir: dir, Starter: newStarter(), Clock: time.Now})
	holds(t, get(c, page), 200, "No system is asked")
	holds(t, post(t, c, page, page, url.Values{}), 400, "Choose what is to be other than it was")
	holds(t, post(t, c, page, page, url.Values{"package": {"wrong"}}), 422, "is no UK Core sequence")
	holds(t, post(t, c, page, page, url.Values{"package": {"stu3"}, "policy": {"p.yaml"}}), 200, "0 would newly fail: one stu3 p.yaml")
	holds(t, get(open(t, console.Options{Dir: dir, Clock: time.Now}), page), 404, "shows runs and starts none")
}
