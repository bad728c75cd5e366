package profiles_test
import ("testing";"concord/profiles";"context";"os";"fmt";"runtime")
func TestBigTmp(t *testing.T) {
	r, _ := profiles.Embedded(profiles.STU3)
	d, _ := os.ReadFile(os.Getenv("BIG"))
	f, err := r.Validate(context.Background(), d, profiles.Options{})
	fmt.Println(len(f), err)
	for i := range f { if i < 8 || i > len(f)-3 { fmt.Println(f[i].Path, f[i].Rule, f[i].Message)}}
	var m runtime.MemStats; runtime.ReadMemStats(&m); fmt.Println(m.Sys>>20, m.HeapAlloc>>20, m.TotalAlloc>>20)
}
