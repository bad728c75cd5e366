package command_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const kubernetes = "../deploy/kubernetes"

// job is what of a Job of Kubernetes (batch/v1) the manifests use. A key that is not among these is an error.
type job struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   map[string]string `yaml:"metadata"`
	Spec       jobSpec           `yaml:"spec"`
}

type cronJob struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   map[string]string `yaml:"metadata"`
	Spec       struct {
		Schedule          string `yaml:"schedule"`
		TimeZone          string `yaml:"timeZone"`
		ConcurrencyPolicy string `yaml:"concurrencyPolicy"`
		JobTemplate       struct {
			Spec jobSpec `yaml:"spec"`
		} `yaml:"jobTemplate"`
	} `yaml:"spec"`
}

type jobSpec struct {
	CompletionMode          string `yaml:"completionMode"`
	Completions             int    `yaml:"completions"`
	Parallelism             int    `yaml:"parallelism"`
	BackoffLimit            int    `yaml:"backoffLimit"`
	BackoffLimitPerIndex    int    `yaml:"backoffLimitPerIndex"`
	PodReplacementPolicy    string `yaml:"podReplacementPolicy"`
	ActiveDeadlineSeconds   int    `yaml:"activeDeadlineSeconds"`
	TTLSecondsAfterFinished int    `yaml:"ttlSecondsAfterFinished"`
	PodFailurePolicy        struct {
		Rules []rule `yaml:"rules"`
	} `yaml:"podFailurePolicy"`
	Template struct {
		Metadata struct {
			Labels map[string]string `yaml:"labels"`
		} `yaml:"metadata"`
		Spec podSpec `yaml:"spec"`
	} `yaml:"template"`
}

type rule struct {
	Action      string `yaml:"action"`
	OnExitCodes *struct {
		ContainerName string `yaml:"containerName"`
		Operator      string `yaml:"operator"`
		Values        []int  `yaml:"values"`
	} `yaml:"onExitCodes"`
	OnPodConditions []struct {
		Type   string `yaml:"type"`
		Status string `yaml:"status"`
	} `yaml:"onPodConditions"`
}

type podSpec struct {
	ServiceAccountName           string `yaml:"serviceAccountName"`
	AutomountServiceAccountToken *bool  `yaml:"automountServiceAccountToken"`
	RestartPolicy                string `yaml:"restartPolicy"`
	SecurityContext              struct {
		RunAsNonRoot   bool              `yaml:"runAsNonRoot"`
		RunAsUser      int               `yaml:"runAsUser"`
		RunAsGroup     int               `yaml:"runAsGroup"`
		FSGroup        int               `yaml:"fsGroup"`
		SeccompProfile map[string]string `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	InitContainers []container `yaml:"initContainers"`
	Containers     []container `yaml:"containers"`
	Volumes        []struct {
		Name                  string            `yaml:"name"`
		ConfigMap             map[string]any    `yaml:"configMap"`
		PersistentVolumeClaim map[string]string `yaml:"persistentVolumeClaim"`
		EmptyDir              map[string]string `yaml:"emptyDir"`
	} `yaml:"volumes"`
}

type container struct {
	Name      string                       `yaml:"name"`
	Image     string                       `yaml:"image"`
	Args      []string                     `yaml:"args"`
	EnvFrom   []map[string]map[string]any  `yaml:"envFrom"`
	Resources map[string]map[string]string `yaml:"resources"`
	Security  struct {
		AllowPrivilegeEscalation *bool               `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool                `yaml:"readOnlyRootFilesystem"`
		Capabilities             map[string][]string `yaml:"capabilities"`
	} `yaml:"securityContext"`
	VolumeMounts []mount `yaml:"volumeMounts"`
}

type mount struct {
	Name      string `yaml:"name"`
	MountPath string `yaml:"mountPath"`
	ReadOnly  bool   `yaml:"readOnly"`
}

func readManifest(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(kubernetes, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func manifests(t *testing.T) (shards, merge jobSpec) {
	t.Helper()
	var once, joined job
	var nightly, nightlyMerge cronJob
	readManifest(t, "base/shards.yaml", &once)
	readManifest(t, "merge.yaml", &joined)
	readManifest(t, "nightly/shards.yaml", &nightly)
	readManifest(t, "nightly/merge.yaml", &nightlyMerge)
	if a, b := once.Spec.Template.Spec.Containers[0].Args, nightly.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args; !slices.Equal(a, b) {
		t.Errorf("the shards of the night are run with %v, and once with %v", b, a)
	}
	if a, b := joined.Spec.Template.Spec.Containers[0].Args, nightlyMerge.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args; !slices.Equal(a, b) {
		t.Errorf("the merge of the night is run with %v, and once with %v", b, a)
	}
	return once.Spec, joined.Spec
}

// check holds a container to what the namespace enforces.
func (c container) check(t *testing.T, name string) {
	t.Helper()
	if !c.Security.ReadOnlyRootFilesystem || c.Security.AllowPrivilegeEscalation == nil || *c.Security.AllowPrivilegeEscalation || !slices.Equal(c.Security.Capabilities["drop"], []string{"ALL"}) {
		t.Errorf("%s: %+v", name, c.Security)
	}
	if c.Resources["requests"]["memory"] == "" || c.Resources["requests"]["cpu"] == "" || c.Resources["limits"]["memory"] == "" {
		t.Errorf("%s: resources %v", name, c.Resources)
	}
	for _, mount := range c.VolumeMounts {
		if !mount.ReadOnly && mount.MountPath != "/runs" {
			t.Errorf("%s writes %s", name, mount.MountPath)
		}
	}
	// Whoever shows credentials speaks TLS, and may have to trust an authority that is not a public one.
	if len(c.EnvFrom) > 0 && !slices.ContainsFunc(c.VolumeMounts, func(m mount) bool { return m.MountPath == "/etc/ssl/certs" && m.ReadOnly }) {
		t.Errorf("%s: %s cannot be given authorities", name, c.Name)
	}
}

// objectManifests are the Jobs that keep run folders in object storage.
func objectManifests(t *testing.T) (shards, merge jobSpec) {
	t.Helper()
	var apart, joined job
	readManifest(t, "objects/shards.yaml", &apart)
	readManifest(t, "objects/merge.yaml", &joined)
	return apart.Spec, joined.Spec
}

func TestTheManifestsRunAsNobodyAndWriteOnlyRuns(t *testing.T) {
	shards, merge := manifests(t)
	shardsApart, mergeApart := objectManifests(t)
	for name, spec := range map[string]jobSpec{"shards": shards, "merge": merge, "shards of objects": shardsApart, "merge of objects": mergeApart} {
		pod := spec.Template.Spec
		for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
			c.check(t, name)
		}
		if !pod.SecurityContext.RunAsNonRoot || pod.RestartPolicy != "Never" || pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
			t.Errorf("%s: %+v", name, pod)
		}
		if spec.Template.Metadata.Labels["app.kubernetes.io/name"] != "concord" {
			t.Errorf("%s: the network policy does not hold for it", name)
		}
	}
	if shards.CompletionMode != "Indexed" || shards.BackoffLimitPerIndex < 1 || shards.PodReplacementPolicy != "Failed" {
		t.Errorf("%+v", shards)
	}
	if want := "--shard=job/" + strconv.Itoa(shards.Completions); !slices.Contains(shards.Template.Spec.Containers[0].Args, want) {
		t.Errorf("%d pods, and not %s", shards.Completions, want)
	}
}

// act is what the Job does about an exit code: its rules in order, and Count when none is about it.
func (j jobSpec) act(code int) string {
	for _, r := range j.PodFailurePolicy.Rules {
		if r.OnExitCodes != nil && slices.Contains(r.OnExitCodes.Values, code) {
			return r.Action
		}
	}
	return "Count"
}

// pod runs what a pod of the Job would, in a process of its own, and returns its exit code. killed ends it as soon as it says
// that it asks.
func (j jobSpec) pod(t *testing.T, index int, mounts map[string]string, killed bool) int {
	t.Helper()
	return j.Template.Spec.Containers[0].run(t, index, mounts, killed)
}

// run runs a container in a process of its own, with further variables of its environment.
func (c container) run(t *testing.T, index int, mounts map[string]string, killed bool, environ ...string) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"concord"}
	for _, a := range c.Args {
		a = strings.ReplaceAll(a, "$(JOB_COMPLETION_INDEX)", strconv.Itoa(index))
		for from, to := range mounts {
			a = strings.ReplaceAll(a, from, to)
		}
		if a != "--quiet" || !killed {
			arguments = append(arguments, a)
		}
	}
	process := exec.CommandContext(t.Context(), self)
	process.Args = arguments
	process.Env = append(environ, "JOB_COMPLETION_INDEX="+strconv.Itoa(index), "PATH="+os.Getenv("PATH"))
	says, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	lines := bufio.NewScanner(io.TeeReader(says, &text))
	for lines.Scan() {
		if killed && strings.Contains(lines.Text(), "asking") {
			_ = process.Process.Kill()
		}
	}
	err = process.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := process.ProcessState.ExitCode(); code != 0 {
		t.Logf("pod %d ended with %d: %s", index, code, text.String())
		return code
	}
	return 0
}

// TestAJobWhoseShardIsKilledAndAskedAgainGivesTheWholeRun performs the manifests without a cluster: it starts what each pod
// would run, as a pod has it, and follows the Job's own rules about exit codes.
func TestAJobWhoseShardIsKilledAndAskedAgainGivesTheWholeRun(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it starts seven processes")
	}
	shards, merge := manifests(t)
	etc, runs := t.TempDir(), t.TempDir()
	conf := "checks: [CAP-STATEMENT-*, PAR-FACTS-ALLERGY, SCN-P08-FRESH]\nproviders: [RRK, RXK]\nclock: \"2026-03-02T09:00:00Z\"\n"
	if err := os.WriteFile(filepath.Join(etc, "concord.yaml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	mounts := map[string]string{"/etc/concord": etc, "/runs": runs}
	for index := range shards.Completions {
		code, tries := -1, 0
		for first := true; code != 0; first = false {
			code = shards.pod(t, index, mounts, first && index == 1)
			if tries++; code != 0 && (shards.act(code) != "Count" || tries > shards.BackoffLimitPerIndex) {
				t.Fatalf("shard %d ended with %d, and is not asked again", index, code)
			}
		}
		if want := 1; index != 1 && tries != want {
			t.Errorf("shard %d took %d tries", index, tries)
		} else if index == 1 && tries != 2 {
			t.Errorf("shard %d was killed, and took %d tries", index, tries)
		}
	}
	if code := merge.pod(t, 0, mounts, false); code != 4 || merge.act(code) != "FailJob" {
		t.Errorf("the merge ended with %d", code)
	}
	whole := shards
	whole.Template.Spec.Containers = slices.Clone(whole.Template.Spec.Containers)
	whole.Template.Spec.Containers[0].Args = []string{"run", "--config=/etc/concord/concord.yaml", "--quiet", "--out=/runs/whole"}
	if code := whole.pod(t, 0, mounts, false); code != 4 {
		t.Errorf("the whole run ended with %d", code)
	}
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(runs, name, "run.json"))
		if err != nil {
			t.Fatal(err)
		}
		// How the run was asked for names the configuration, which is the same.
		return text
	}
	if !bytes.Equal(read("merged"), read("whole")) {
		t.Error("the shards do not make the whole run")
	}
}

// TestWhatIsSaidOfTheClusterIsWhatItsModuleHolds holds the versions that "make cluster" builds to those that its binaries and the README name.
func TestWhatIsSaidOfTheClusterIsWhatItsModuleHolds(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(kubernetes, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	module, program, readme := read("cluster/go.mod"), read("cluster/main.go"), read("README.md")
	version := func(path string) string {
		_, after, found := strings.Cut(module, "\t"+path+" v")
		if !found {
			_, after, found = strings.Cut(module, "require "+path+" v")
		}
		if !found {
			t.Fatalf("the module does not hold %s", path)
		}
		return strings.Fields(after)[0]
	}
	if v := version("k8s.io/kubernetes"); !strings.Contains(program, `"v`+v+`"`) || !strings.Contains(readme, "Kubernetes "+v) {
		t.Errorf("Kubernetes is %s: main.go or the README says otherwise", v)
	}
	if v := version("go.etcd.io/etcd/server/v3"); !strings.Contains(readme, "etcd "+v) {
		t.Errorf("etcd is %s: the README says otherwise", v)
	}
	if v := version("k8s.io/kubernetes"); strings.Count(module, "v0"+strings.TrimPrefix(v, "1")) < 25 {
		t.Errorf("the libraries of Kubernetes are not those of %s", v)
	}
}
