package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// manifests is where the manifests are, from the folder that this program is run in.
const manifests = ".."

// overlay writes, beside a copy of the manifests, what a developer would: the addresses and tokens of the systems, where the image is, and a volume.
func (p *plane) overlay(conf string) error {
	if err := os.CopyFS(p.path("kubernetes"), os.DirFS(manifests)); err != nil {
		return err
	}
	tokens := secret{name: "concord-tokens", values: map[string]string{}}
	for _, one := range both() {
		tokens.values[strings.ToUpper(one.name)+"_TOKEN"] = one.token
	}
	access := secret{name: "concord-objects", values: storageAccess()}
	authority, err := os.ReadFile(p.path("etc", "authority.pem"))
	if err != nil {
		return err
	}
	volume := fmt.Sprintf(`apiVersion: v1
kind: PersistentVolume
metadata: {name: concord-runs}
spec:
  accessModes: [ReadWriteMany]
  capacity: {storage: 10Gi}
  local: {path: %q}
  nodeAffinity:
    required:
      nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [%s]}]}]
`, p.path("volume"), nodeName)
	for _, k := range []struct {
		name      string
		resources []string
		secrets   []secret
		files     map[string]string
	}{
		{"shards", []string{"../kubernetes/base", "volume.yaml"}, []secret{tokens}, map[string]string{"volume.yaml": volume}},
		{"nightly", []string{"../kubernetes/nightly", "volume.yaml"}, []secret{tokens}, map[string]string{"volume.yaml": volume}},
		{"objects", []string{"../kubernetes/objects"}, []secret{tokens, access}, nil},
		{"merge", []string{"merge.yaml"}, nil, map[string]string{"merge.yaml": "merge.yaml"}},
		{"merge-objects", []string{"merge.yaml"}, nil, map[string]string{"merge.yaml": "objects/merge.yaml"}},
	} {
		if err := os.MkdirAll(p.path(k.name), 0o755); err != nil {
			return err
		}
		for name, text := range k.files {
			if name == text || strings.HasSuffix(text, "/"+name) {
				copied, err := os.ReadFile(filepath.Join(manifests, text))
				if err != nil {
					return err
				}
				text = string(copied)
			}
			if err := os.WriteFile(p.path(k.name, name), []byte(text), 0o600); err != nil {
				return err
			}
		}
		text := kustomization(k.resources, k.secrets)
		if k.secrets != nil {
			text += "configMapGenerator:\n  - {name: concord-config, behavior: replace, files: [concord.yaml]}\n" +
				"  - {name: concord-authorities, files: [authority.pem], options: {disableNameSuffixHash: true}}\n"
			if err := errors.Join(os.WriteFile(p.path(k.name, "concord.yaml"), []byte(conf), 0o600),
				os.WriteFile(p.path(k.name, "authority.pem"), authority, 0o600)); err != nil {
				return err
			}
		}
		if err := os.WriteFile(p.path(k.name, "kustomization.yaml"), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// secret is what is filled in in a Secret of the manifests.
type secret struct {
	name   string
	values map[string]string
}

// kustomization takes resources with the image of this cluster and with secrets filled in.
func kustomization(resources []string, secrets []secret) string {
	image, tag, _ := strings.Cut(concordImage, ":")
	text := fmt.Sprintf("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: concord\nresources: [%s]\n"+
		"images:\n  - {name: registry.example/concord, newName: %s, newTag: %s}\n", strings.Join(resources, ", "), image, tag)
	if secrets != nil {
		text += "patches:\n"
	}
	for _, s := range secrets {
		text += fmt.Sprintf("  - patch: |\n      apiVersion: v1\n      kind: Secret\n      metadata: {name: %s}\n      stringData:\n", s.name)
		for _, key := range slices.Sorted(maps.Keys(s.values)) {
			text += fmt.Sprintf("        %s: %q\n", key, s.values[key])
		}
	}
	return text
}

// accepted asks the API server, field by field, whether it would take each of the manifests as they are, and whether the namespace refuses
// what is not restricted.
func (p *plane) accepted(ctx context.Context) error {
	if err := p.kubectlOK(ctx, "apply", "--validate=strict", "-f", p.path("kubernetes", "base", "namespace.yaml")); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"-k", p.path("kubernetes", "base")},
		{"-k", p.path("kubernetes", "nightly")},
		{"-k", p.path("kubernetes", "objects")},
		{"-f", p.path("kubernetes", "merge.yaml")},
		{"-f", p.path("kubernetes", "objects", "merge.yaml")},
	} {
		if err := p.kubectlOK(ctx, append([]string{"apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors"}, args...)...); err != nil {
			return err
		}
	}
	_, err := p.kubectl(ctx, "", "--namespace", "concord", "run", "root", "--image", concordImage, "--dry-run=server")
	if err == nil || !strings.Contains(err.Error(), "violates PodSecurity") {
		return fmt.Errorf("the namespace lets a pod in that is not restricted (%w)", err)
	}
	return nil
}
