package fhirpath

// nodeKind says what a syntax node is.
type nodeKind uint8

const (
	nodeEmpty    nodeKind = iota // {}
	nodeLiteral                  // item
	nodeThis                     // $this
	nodeIndex                    // $index
	nodeTotal                    // $total
	nodeVariable                 // %name
	nodeMember                   // input.name, or name alone
	nodeCall                     // input.name(args), or name(args) alone
	nodeIndexer                  // input[args[0]]
	nodeUnary                    // name args[0]
	nodeBinary                   // args[0] name args[1]
	nodeType                     // input is spec, input as spec (name is "is" or "as")
)

// syntax is a node of the syntax tree.
type syntax struct {
	kind       nodeKind
	pos        int // byte offset in the source
	name       string
	delimited  bool // the name was in back-ticks
	descending bool // a sort key followed by desc
	input      *syntax
	args       []*syntax
	item       Item
	spec       typeSpecifier
}

// typeSpecifier is a type name with an optional namespace.
type typeSpecifier struct {
	pos             int
	namespace, name string
}

func (s typeSpecifier) String() string {
	if s.namespace != "" {
		return s.namespace + "." + s.name
	}
	return s.name
}

// asType reads a syntax tree that must be a type specifier: an identifier or a qualified one.
func (n *syntax) asType() (typeSpecifier, bool) {
	if n.kind != nodeMember {
		return typeSpecifier{}, false
	}
	if n.input == nil {
		return typeSpecifier{pos: n.pos, name: n.name}, true
	}
	if n.input.kind != nodeMember || n.input.input != nil {
		return typeSpecifier{}, false
	}
	return typeSpecifier{pos: n.input.pos, namespace: n.input.name, name: n.name}, true
}
