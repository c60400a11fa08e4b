"""The catalogue of diagnostics: every kind of message has a number that never changes.

Blocks: 00xx text and files, 01xx syntax, 02xx names, 03xx types and constants, 04xx packet and
fields, 05xx memory, 06xx control flow, 07xx sets, 08xx external functions, 09xx transmit, split and
alerts, 10xx limits of targets, 11xx hardware descriptions, 12xx programs
over nodes, 5xxx warnings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of diagnostic: its code, a short title, and what to do about it (for the docs)."""

    code: str
    title: str
    explanation: str


CATALOGUE: dict[str, Kind] = {}


def _kind(code: str, title: str, explanation: str) -> Kind:
    assert code not in CATALOGUE, f"two kinds are numbered {code}"
    CATALOGUE[code] = kind = Kind(code, title, explanation)
    return kind


# 00xx: text and files
NOT_UTF8 = _kind("FPL0001", "the text is not UTF-8", "Programs are UTF-8; save the file as UTF-8.")
CANNOT_READ = _kind(
    "FPL0002",
    "a file cannot be read",
    "The file named by the program does not exist, is not a regular file, or may not be read.",
)
INCLUDE_OUTSIDE = _kind(
    "FPL0003",
    "INCLUDE leaves the folder",
    "INCLUDE reads files below the including file's folder "
    "only, so that a program cannot pull in arbitrary files of the machine.",
)
# 01xx: syntax
SYNTAX = _kind("FPL0101", "syntax error", "The text does not follow the grammar at this place.")
AMBIGUOUS = _kind(
    "FPL0102",
    "ambiguous without parentheses",
    "C reads this expression differently from most "
    "people; write parentheses for the reading that you mean.",
)
LITERAL = _kind(
    "FPL0103",
    "wrong literal",
    "A number, an address, a prefix, a character or a string is not written as the language wants it.",
)
UNCLOSED = _kind(
    "FPL0104",
    "block without its end",
    "IF ends with FI, FOR with ROF, SPLIT with TILPS, SWITCH with ESAC, /* with */.",
)
ASSIGNMENT_INSIDE = _kind(
    "FPL0105",
    "assignment inside an expression",
    "Assignments, ++ and -- are statements; expressions have no side effects. '==' compares.",
)
DECLARATION_INSIDE = _kind(
    "FPL0106",
    "declaration inside a block",
    "Declarations stand at the top level, above everything that uses them.",
)
NESTING = _kind(
    "FPL0107",
    "beyond the limits of the parser",
    "Parentheses, indexes and blocks nest at most 200 deep, an expression has at most 1,000 operators "
    "one above the other, a number at most 4,000 characters.",
)
# 02xx: names
UNKNOWN_NAME = _kind(
    "FPL0201",
    "unknown name",
    "Nothing of this name is declared or built in. Declare it first, or correct the spelling.",
)
NAME_TAKEN = _kind(
    "FPL0202",
    "name declared twice",
    "Registers, arrays, constants, macros, sets and rules share one namespace; choose another name.",
)
RESERVED_NAME = _kind(
    "FPL0203",
    "reserved word as a name",
    "The words of the language, in any case, and R, M, TX_MAC, TX_IP cannot name something "
    "else; choose another name.",
)
DECLARED_BELOW = _kind(
    "FPL0204",
    "used before its declaration",
    "Names are declared before they are used; move the declaration up.",
)
NOT_A_VALUE = _kind(
    "FPL0205",
    "this name has no value",
    "A set, a rule, or an array without an index is not a value; index the array, use IN with "
    "the set, ALERT with the rule.",
)
INCLUDE_CYCLE = _kind(
    "FPL0206",
    "INCLUDE in a circle",
    "A file includes itself, directly or through others; remove one INCLUDE of the circle.",
)
MACRO_ARGUMENTS = _kind(
    "FPL0207",
    "wrong arguments of a macro",
    "A macro with parameters is called with as many arguments as it declares, one without "
    "parameters by its bare name.",
)
MACRO_RECURSION = _kind(
    "FPL0208",
    "macro uses itself",
    "Macros are expanded when the program is compiled and cannot be recursive.",
)
MACRO_TOO_LARGE = _kind(
    "FPL0209",
    "macros expand to too much",
    "All macro expansions of a program together make at most 250,000 expressions.",
)
NOT_CALLABLE = _kind(
    "FPL0210",
    "unknown function",
    "Only HASH, CONSISTENT, MAX, MIN and macros with parameters are called like this; C "
    "functions through EXTERN(name, ...).",
)
FIELD_NAME_TAKEN = _kind(
    "FPL0211",
    "a packet field has this name",
    "A macro with WHEN makes a new packet field and must not have the name of a built-in one.",
)
TOO_MANY_INCLUDES = _kind(
    "FPL0212", "too many INCLUDEs", "INCLUDEs nest at most 50 deep and a program has at most 1,000 of them."
)
# 03xx: types and constants
NOT_CONSTANT = _kind(
    "FPL0301",
    "a constant is needed",
    "The value must be known when the program is compiled: numbers, CONST names and operators on them.",
)
CONSTANT_TOO_WIDE = _kind(
    "FPL0302",
    "constant beyond 64 bits",
    "Constants are exact, but one that meets a variable must fit INT64 or UINT64.",
)
CONSTANT_DIVISION = _kind(
    "FPL0303", "division by the constant zero", "The divisor is zero whenever this is evaluated."
)
CONSTANT_TOO_LARGE = _kind(
    "FPL0304", "constant too large to compute", "Constant expressions are exact up to 4,096 bits."
)
IPV6_USE = _kind(
    "FPL0305",
    "IPv6 address as a number",
    "IPv6 addresses can be compared, tested with IN, and taken apart with .DW[n]; nothing else.",
)
MIXED_FAMILIES = _kind(
    "FPL0306",
    "two address families",
    "An IPv6 address meets an IPv4 address or a number; compare each family with its own.",
)
STRING_USE = _kind("FPL0307", "string as a value", "Strings stand in RULE, INCLUDE and SET FROM only.")
PREFIX_USE = _kind(
    "FPL0308",
    "prefix outside a set",
    "An address followed by /n is a prefix; it stands in a SET or behind IN.",
)
SET_USE = _kind("FPL0309", "set as a value", "A set literal or a range stands in a SET or behind IN.")
ARGUMENTS = _kind("FPL0310", "wrong arguments", "The built-in function takes other arguments.")
NOT_WRITABLE = _kind(
    "FPL0311",
    "cannot be assigned",
    "Registers, memory and packet bytes can be assigned; constants, tables, sets and rules cannot.",
)
CONSTANT_UNFIT = _kind(
    "FPL0312", "constant does not fit its type", "The type that was written cannot hold the constant."
)
SHIFT_COUNT = _kind(
    "FPL0313",
    "negative shift count",
    "A constant is shifted by 0 or more; to shift the other way, use the other operator.",
)
# 04xx: packet and fields
UNKNOWN_FIELD = _kind(
    "FPL0401", "unknown packet field", "No header has a field of this name; `ffpf fields` lists them all."
)
UNKNOWN_HEADER = _kind(
    "FPL0402", "unknown header", "PKT.HAS is followed by the name of a header; `ffpf fields` lists them."
)
READ_ONLY_FIELD = _kind(
    "FPL0403",
    "packet fact cannot be written",
    "Length, time, port, header presence and offsets are facts about the packet; bytes can be "
    "written, these cannot.",
)
PART_UNIT = _kind(
    "FPL0404",
    "no such part",
    "Parts: PKT.B has .U1 and .U4, PKT.W has .U1 and .U8, PKT.DW has .U1, .U8 and .U16, an "
    "IPv6 address has .DW.",
)
PART_INDEX = _kind("FPL0405", "part index out of range", "Parts are numbered from 0, the most significant.")
PACKET_OFFSET = _kind(
    "FPL0406", "packet offset out of range", "Offsets count from 0; no packet has more than 16 MiB."
)
STATE_INDEX = _kind(
    "FPL0407", "no such state word", "A run has one state word: PKT.STATE, also written PKT.STATE[0]."
)
# 05xx: memory
REGISTER_INDEX = _kind("FPL0501", "register index", "Registers are R[0] to R[63]; the index is a constant.")
MEMORY_INDEX = _kind(
    "FPL0502", "memory index out of range", "The index is outside the array whenever this is evaluated."
)
TABLE_INDEX = _kind(
    "FPL0503", "table index out of range", "The index is outside the table whenever this is evaluated."
)
SIZE_UNKNOWN = _kind(
    "FPL0504",
    "size of an array unknown",
    "The size is declared, or deduced from the range of every index; mask the index or declare the size.",
)
ARRAY_SIZE = _kind("FPL0505", "impossible size", "An array or a table has at least one element.")
MEMORY_TOO_LARGE = _kind(
    "FPL0506", "too much memory", "All arrays of a program together take at most 1 GiB."
)
TABLE_VALUES = _kind(
    "FPL0507",
    "more values than the table holds",
    "A table has at most as many values as its size says; missing ones are 0.",
)
MERGE_WORD = _kind(
    "FPL0508",
    "unknown MERGE or storage class",
    "MERGE is SUM, OR, MAX or MIN; storage is SCRATCH, SRAM or SDRAM.",
)
# 06xx: control flow
BREAK_OUTSIDE = _kind("FPL0601", "BREAK outside a loop", "BREAK leaves the innermost FOR; here is none.")
BREAK_ACROSS_SPLIT = _kind(
    "FPL0602",
    "BREAK across a SPLIT",
    "A SPLIT body is a run of its own and cannot leave a loop of the run that started it.",
)
CASE_DUPLICATE = _kind(
    "FPL0603", "CASE value twice", "Each value belongs to one CASE; there is no fall-through."
)
CASE_OUTSIDE = _kind(
    "FPL0604", "CASE value outside the type", "The value of the SWITCH can never be this constant."
)
NOT_A_STATEMENT = _kind(
    "FPL0605", "expression without effect", "Of all expressions only EXTERN(...) is a statement."
)
TOO_DEEP = _kind(
    "FPL0606", "nested too deeply", "Expressions, after macro expansion, nest at most 200 levels."
)
USE_OPTION = _kind("FPL0607", "unknown option", "USE knows LOOPBUDGET and HASH.")
USE_VALUE = _kind(
    "FPL0608",
    "wrong value of an option",
    "USE LOOPBUDGET takes 1 to 4294967295, USE HASH takes CRC32C or IXP48.",
)
USE_TWICE = _kind("FPL0609", "option given twice", "A program sets each option once.")
# 07xx: sets
SET_ELEMENT = _kind(
    "FPL0701",
    "not an element of a set",
    "Sets hold constant numbers, addresses, prefixes and ranges of them.",
)
SET_RANGE = _kind("FPL0702", "range upside down", "A range is written from its smaller to its greater end.")
SET_FILE = _kind(
    "FPL0703", "bad line in a set file", "One number, range, address or prefix a line; # starts a comment."
)
NOT_A_SET = _kind(
    "FPL0704", "not a set", "Behind IN stands a set, a set literal in braces, a prefix or an address."
)
SET_FAMILIES = _kind(
    "FPL0705", "two address families in one set", "IPv6 addresses go into a set of their own."
)
# 08xx: external functions
UNKNOWN_EXTERN = _kind(
    "FPL0801",
    "unknown external function",
    "No external function of this name is registered; `ffpf externs` lists them.",
)
EXTERN_ARGUMENTS = _kind(
    "FPL0802",
    "wrong arguments of an external function",
    "The declaration of the function says how many arguments of which types it takes.",
)
EXTERN_OPTIONS = _kind(
    "FPL0803",
    "wrong options of an external function",
    "The options of an external function are constants, words and texts, as its declaration says.",
)
# 09xx: transmit, split and alerts
NO_NEXT_HOPS = _kind(
    "FPL0901", "no table of next hops", "TX needs a TX_MAC or TX_IP table declared above it."
)
NEXT_HOP_INDEX = _kind("FPL0902", "next hop out of range", "The index is outside the table of next hops.")
TRANSMIT_ID = _kind(
    "FPL0903", "id beyond 16 bits", "The id of TX(Mac, id, i) fills two bytes of the frame."
)
TRANSMIT_ARGUMENTS = _kind("FPL0904", "wrong arguments of TX", "TX(Mac, i), TX(Mac, id, i) or TX(Ip, i).")
NEXT_HOP_ENTRY = _kind(
    "FPL0905",
    "wrong entry in a table of next hops",
    "TX_MAC holds MAC addresses, TX_IP IPv4 addresses or IPv6 addresses.",
)
STATE_WITH_SPLIT = _kind(
    "FPL0906",
    "PKT.STATE in a program with SPLIT",
    "In a program with SPLIT the state word belongs to the compiler.",
)
NOT_A_RULE = _kind("FPL0907", "ALERT needs a rule", "ALERT raises what a RULE declares.")
RULE_FIELD = _kind(
    "FPL0908",
    "wrong field of a rule",
    "A rule has SID, and may have GID, REV, PRIORITY, CLASS and MSG, each once.",
)
NEXT_HOPS_TWICE = _kind(
    "FPL0909", "two tables of next hops", "A program has one TX_MAC and one TX_IP table."
)
SPLIT_INDEX = _kind(
    "FPL0910", "no such next hop", "SPLIT(where) takes a node's name or an index from 0 into the next hops."
)
# 12xx: one program over a tree of nodes
UNKNOWN_NODE = _kind("FPL1201", "unknown node", "SPLIT names a node that the hardware description lacks.")
OUT_OF_REACH = _kind(
    "FPL1202",
    "node out of reach",
    "Packets go down the tree: the node lies below the node that the SPLIT runs on, or is that node.",
)
NO_SUCH_HOP = _kind(
    "FPL1203", "no such next hop", "The index of SPLIT(index) must lie within the next hops of the node."
)
LOST_READ = _kind(
    "FPL1204",
    "a read of what does not cross",
    "Bytes 0 to 11, TS and PORT do not cross an ethernet link without a full trailer.",
)
STATE_TOO_WIDE = _kind(
    "FPL1205",
    "state too wide for the link",
    "The registers that a body reads must fit into the state that its link carries.",
)
SHARED_ARRAY = _kind(
    "FPL1206",
    "ordered memory on several nodes",
    "Memory whose accesses must keep their order lives on one node, or is partitioned by the index.",
)
TOO_MANY_ORIGINS = _kind("FPL1207", "too many origins", "Origins are numbered from 1 to 32767.")
NODE_LACKS = _kind(
    "FPL1208",
    "the node cannot do this",
    "The node's target lacks what the part that is placed there needs.",
)
TX_OUT_OF_REACH = _kind(
    "FPL1209",
    "next hop of TX out of reach",
    "A part with TX goes only where its next hops can be reached.",
)
NO_PLACE = _kind(
    "FPL1210",
    "no place for a part",
    "Every part needs a node that it can reach and that has what it asks for: memory, external functions, "
    "and whatever else the message says. A part without a node in its SPLIT goes where there is room.",
)
NODE_PROGRAM = _kind(
    "FPL1211",
    "the program of one node",
    "USE NODE, USE STATE and TX_NODE stand in the programs that the compiler makes for nodes; such a "
    "program is not split again.",
)
# 5xxx: warnings
NARROWING = _kind(
    "FPL5001",
    "value may lose bits",
    "The value is wider than what it is assigned to and its range does not fit; mask it or use "
    "a wider type.",
)
ALWAYS = _kind(
    "FPL5002",
    "always true or always false",
    "The ranges of the operands decide this comparison before any packet is seen.",
)
UNREACHABLE = _kind("FPL5003", "never reached", "No run gets to this statement.")
UNUSED = _kind("FPL5004", "declared but not used", "Nothing uses this declaration.")
NEVER_READ = _kind(
    "FPL5005", "register never read", "The register is assigned, but its value goes nowhere."
)
EMPTY_SET = _kind("FPL5006", "empty set", "Nothing is IN an empty set.")
DUPLICATE_RULE = _kind(
    "FPL5007",
    "two rules with one identity",
    "Two rules with the same GID and SID cannot be told apart in alerts.",
)
SHIFT_TOO_FAR = _kind(
    "FPL5008",
    "shift by the whole width",
    "A shift count of the type's width or more leaves 0, or the sign.",
)
FLOW_SEPARATED = _kind(
    "FPL5010",
    "packets of one flow go to different nodes",
    "State of a flow is kept behind a SPLIT that sends some packets of the flow elsewhere.",
)
CASE_DIFFERENCE = _kind(
    "FPL5009",
    "a difference for a CASE",
    "CASE takes values, not ranges: 1-3 is the constant -2. Write the values, or IF (x IN {1-3}).",
)
# 11xx: Hardware descriptions
NOT_TOML = _kind(
    "FPL1101",
    "the hardware description is not TOML",
    "A hardware description is TOML 1.0: texts in double quotes, one key a line, every key and table "
    "once; nested at most 32 deep.",
)
UNKNOWN_KEY = _kind(
    "FPL1102",
    "unknown key in a hardware description",
    "Keys that mean nothing are refused, so that a misspelt one is not lost; the page on hardware "
    "descriptions lists them.",
)
MISSING_KEY = _kind(
    "FPL1103",
    "missing key in a hardware description",
    "The description has a root, and every link has from, to and kind.",
)
VALUE_TYPE = _kind(
    "FPL1104",
    "value of the wrong type",
    "A text, an integer, true or false, an array or a table stands where another of these is wanted.",
)
UNKNOWN_WORD = _kind(
    "FPL1105",
    "unknown word in a hardware description",
    "kind, trailer, learning, tagged and lacks take certain words only; target takes one word.",
)
NODE_NAME = _kind(
    "FPL1106",
    "wrong name of a node or an interface",
    "A node's name is letters, digits and underscores, begins with a letter and is no reserved word, so "
    "that a program can say SPLIT(N2). An interface's name is what Linux takes: at most 15 characters.",
)
NO_SUCH_NODE = _kind(
    "FPL1107",
    "unknown node or interface",
    "root, input, from and to name what the tables of nodes declare.",
)
HARDWARE_ADDRESS = _kind(
    "FPL1108",
    "wrong address of an interface",
    "A MAC address is six pairs of hexadecimal digits, not all zero, and no multicast address; an address "
    "is one of IPv4 or IPv6 that a single interface can have.",
)
ADDRESS_TWICE = _kind(
    "FPL1109",
    "one address at two places",
    "Frames and packets to this address could not be told apart: two nodes do not share a MAC address, "
    "two interfaces do not share an IP address.",
)
NOT_A_TREE = _kind(
    "FPL1110",
    "the links are no tree",
    "One link leads to every node except to the root, and none to the root; a link joins two nodes, and "
    "two nodes are joined by one link.",
)
CIRCLE_OF_LINKS = _kind(
    "FPL1111",
    "links in a circle",
    "Packets would come back to a node that they have left; remove one link of the circle.",
)
UNREACHABLE_NODE = _kind(
    "FPL1112",
    "a node that no packet reaches",
    "Every node is reached from the root over links; add a link to it, or remove the node.",
)
KEY_OF_OTHER_LINKS = _kind(
    "FPL1113",
    "a key of other links",
    "trailer and switched belong to ethernet links, learning and tagged to switched ones, mtu to ethernet "
    "and geneve links.",
)
LINK_END = _kind(
    "FPL1114",
    "a link ends where it cannot",
    "An ethernet link joins interfaces that have MAC addresses, a geneve link interfaces that have "
    "addresses of one family, a memory link nodes.",
)
AMOUNT = _kind(
    "FPL1115",
    "wrong amount in a hardware description",
    'Amounts are integers above 0, or texts with K, M or G such as "2.4G"; an MTU has limits of its own.',
)
NODE_COUNT = _kind(
    "FPL1116",
    "too few or too many nodes",
    "A description has 1 to 10,000 nodes.",
)
