"""What hardware descriptions are refused for.

Of each case: an unindented line, which is the text as a Python literal, or what is changed in the BASE of
test_split_topology.py to what, or the nodes and links of a description; below it LINE:COLUMN CODE MESSAGE
of every error, and where its notes are.
"""

from __future__ import annotations

Case = tuple[str, list[str]]


def cases(table: str) -> list[Case]:
    """The cases of a table with their errors."""
    found: list[Case] = []
    for line in table.strip().split("\n"):
        if line.startswith(" "):
            found[-1][1].append(line.strip())
        else:
            found.append((line, []))
    return found


TEXTS = r"""
'root = \n'
    1:8 1101 no value that TOML knows stands here
'root\n'
    1:5 1101 a key has no '=' behind it
'root = "N0\n'
    1:11 1101 a text has no end on its line
'x = [1, 2\n'
    1:10 1101 an array has no ']'
'root = "a" input = "b"\n'
    1:12 1101 the line must end here
'= 1\n'
    1:1 1101 no key or table begins here
'!\n'
    1:1 1101 no key or table begins here
'a = {b = 1\n'
    1:11 1101 an inline table has no '}'
'a = 1\n\n'
    1:1 1102 the description has no key 'a'
    1:1 1103 the description needs the key 'nodes'
    1:1 1103 the description needs the key 'root'
'a = "\\q"\n'
    1:8 1101 '\' begins no escape here
'a = "\x00"\n'
    1:6 1101 a control character stands in a text
'root = "a"\nroot = "b"\n'
    2:1 1101 'root' is given twice; first here 1:1
'[nodes.N0]\n[nodes.N1]\n[nodes.N0]\n'
    3:8 1101 'N0' is given twice; first here 1:8
'[nodes.N0]\n[nodes."N0"]\n'
    2:8 1101 '"N0"' is given twice; first here 1:8
'[nodes.N0]\nmemory = 1\nmemory = 2\nx =\n'
    3:1 1101 'memory' is given twice; first here 2:1
'[nodes.N0]\nx =\nmemory = 1\nmemory = 2\n'
    2:4 1101 no value that TOML knows stands here
'a.b = 1\n[a]\n'
    2:3 1101 this key or table has a value already
'a = 2020-13-01\n'
    1:9 1101 the line must end here
'[[links]\n'
    1:8 1101 the name of a table has no end
'a = [1,\n"x]\n'
    2:4 1101 a text has no end on its line
'[links]\n[[links]]\n'
    2:8 1101 this key or table has a value already
"a = 'x\n"
    1:7 1101 a text has no end
'root = "N0" # \x01\n'
    1:15 1101 a control character stands here
''
    1:1 1103 the description needs the key 'nodes'
    1:1 1103 the description needs the key 'root'
'root = "A"\nnodes = {}\n'
    2:9 1116 the description has no nodes
'root = "A"\nnodes = 1\n'
    2:9 1104 'nodes' is an integer, not a table
'root = "A"\n[[nodes]]\n'
    2:1 1104 'nodes' is an array, not a table
'links = 1\nroot = "A"\n[nodes.A]\n'
    1:9 1104 'links' is an integer, not an array of tables
'links = [1]\nroot = "A"\n[nodes.A]\n'
    1:10 1104 'links' holds an integer, not only tables
'root = "A"\n[nodes.A]\n[links]\nfrom = "A"\n'
    3:1 1104 'links' is a table, not an array of tables
'root = "A"\n[nodes.A]\n[nodes.B]\n[[links]]\nfrom = "A"\n[[links]]\nkind = "memory"\nto = "B"\n'
    4:1 1103 this link needs the key 'kind'
    4:1 1103 this link needs the key 'to'
    6:1 1103 this link needs the key 'from'
'[nodes]\nA.memory = 1\nB = { memory = "x" }\n[links]\n'
    3:16 1115 'x' is no amount
    1:1 1103 the description needs the key 'root'
    4:1 1104 'links' is a table, not an array of tables
'# é\r\nroot = "é"\r\n[nodes.A]\r\n'
    2:8 1107 there is no node 'é'
"root = '''\na\n'''\n[nodes.A]\n"
    1:8 1107 there is no node 'a\n'
'root = "A\\n\\u001b"\n[nodes.A]\n'
    1:8 1107 there is no node 'A\n\x1b'
'root = "A"\n[nodes]\n"" = {}\n[nodes.A.interfaces]\n"" = {}\n'
    3:1 1106 '' is no name of a node
    5:1 1106 '' is no name of an interface
    3:1 1112 no link leads to the node ''
"""

CHANGES = r"""
'root = "N0"\n', ''
    1:1 1103 the description needs the key 'root'
'root = "N0"', 'rot = "N0"'
    1:1 1102 the description has no key 'rot'
'root = "N0"', 'root = "N9"'
    1:8 1107 there is no node 'N9'
'root = "N0"', 'root = 1'
    1:8 1104 'root' is an integer, not a text
'root = "N0"', 'root = "zz"'
    1:8 1107 there is no node 'zz'
'root = "N0"', 'root = ["N0"]'
    1:8 1104 'root' is an array, not a text
'input = "eth0"', 'input = "eth9"'
    2:9 1107 the node 'N0' has no interface 'eth9'
'input = "eth0"', 'input = "wlan"'
    2:9 1107 the node 'N0' has no interface 'wlan'
'input = "eth0"', 'input = true'
    2:9 1104 'input' is a truth value, not a text
'input = "eth0"', 'colour = 1'
    2:1 1102 the description has no key 'colour'
'capacity = "2.4G"', 'capacity = "2.4T"'
    4:12 1115 '2.4T' is no amount
'capacity = "2.4G"', 'capacity = "2.4"'
    4:12 1115 '2.4' is no amount
'capacity = "2.4G"', 'capacity = 2.4'
    4:12 1104 'capacity' is a number with a fraction, not an integer or a text with K, M or G
'capacity = "2.4G"', 'capacity = 0'
    4:12 1115 'capacity' must be above 0
'capacity = "2.4G"', 'capacity = -1'
    4:12 1115 'capacity' must be above 0
'capacity = "2.4G"', 'capacity = "0.0001K"'
    4:12 1115 'capacity' must be above 0
'capacity = "2.4G"', 'capacity = true'
    4:12 1104 'capacity' is a truth value, not an integer or a text with K, M or G
'capacity = "2.4G"', 'capacity = "99999999999G"'
    4:12 1115 'capacity' must be below 2**63
'capacity = "2.4G"', 'capcity = 1'
    4:1 1102 the node 'N0' has no key 'capcity'
'capacity = "2.4G"', 'capacity = 1979-05-27'
    4:12 1104 'capacity' is a date or time, not an integer or a text with K, M or G
'memory = 1048576', 'memory = 0'
    5:10 1115 'memory' must be above 0
'memory = 1048576', 'memory = "1k"'
    5:10 1115 '1k' is no amount
'memory = 1048576', 'lacks = "loops"'
    5:9 1104 'lacks' is a text, not an array of texts
'memory = 1048576', 'lacks = ["loops", "loop"]'
    5:19 1105 'lacks' has no word 'loop'
'memory = 1048576', 'lacks = [\n  "loops", # none\n  7]'
    7:3 1104 'lacks' holds an integer, not only texts
'memory = 1048576', 'target = ""'
    5:10 1105 '' is no name of a target
'memory = 1048576', 'target = 1'
    5:10 1104 'target' is an integer, not a text
'memory = 1048576', 'target = "a b"'
    5:10 1105 'a b' is no name of a target
'[nodes.N2]', '[nodes.if]'
    14:8 1106 'if' is a reserved word of programs
    21:6 1107 there is no node 'N2'
'[nodes.N2]', '[nodes.TCP]'
    14:8 1106 'TCP' means something else in programs
    21:6 1107 there is no node 'N2'
'[nodes.N2]', '[nodes."2x"]'
    14:8 1106 '2x' is no name of a node
    21:6 1107 there is no node 'N2'
'[nodes.N2]', '[nodes."N\\u00e9"]'
    14:8 1106 'Né' is no name of a node
    21:6 1107 there is no node 'N2'
'[nodes.N2]', '[nodes]\nN2 = 5'
    15:6 1104 'N2' is an integer, not a table
'[nodes.N0.interfaces.eth0]', '[nodes.N0.interfaces."eth 0"]'
    6:22 1106 'eth 0' is no name of an interface
    2:9 1107 the node 'N0' has no interface 'eth0'
'[nodes.N0.interfaces.eth0]', '[nodes.N0.interfaces.a234567890123456]'
    6:22 1106 'a234567890123456' is no name of an interface
    2:9 1107 the node 'N0' has no interface 'eth0'
'[nodes.N1.interfaces.eth0]', '[nodes.N1.interface.eth0]'
    11:11 1102 the node 'N1' has no key 'interface'
    17:6 1107 the node 'N1' has no interface 'eth0'
'[nodes.N2]', '[nodes.N2]\ninterfaces = []'
    15:14 1104 'interfaces' is an array, not a table
'[nodes.N2]', '[nodes.N2]\ninterfaces.a = 1'
    15:16 1104 'a' is an integer, not a table
'reaches = "any"', 'reaches = "all"'
    7:11 1105 'reaches' has no word 'all'
'reaches = "any"', 'reaches = ["any"]'
    7:12 1108 'any' is no MAC address
'reaches = "any"', 'reaches = 1'
    7:11 1104 'reaches' is an integer, not an array of texts
'reaches = "any"', 'reaches = ["02:00:00:00:00:21", 5]'
    7:33 1104 'reaches' holds an integer, not only texts
'reaches = "any"', 'reaches = ["00:00:00:00:00:00"]'
    7:12 1108 a MAC address is all zero
'reaches = "any"', 'reach = "any"'
    7:1 1102 the interface 'N0.eth0' has no key 'reach'
'mac = "02:00:00:00:00:11"', 'mac = "02:00:00:00:00"'
    9:7 1108 '02:00:00:00:00' is no MAC address
'mac = "02:00:00:00:00:11"', 'mac = "02-00-00-00-00-11"'
    9:7 1108 '02-00-00-00-00-11' is no MAC address
'mac = "02:00:00:00:00:11"', 'mac = "03:00:00:00:00:11"'
    9:7 1108 '03:00:00:00:00:11' is a multicast address
'mac = "02:00:00:00:00:11"', 'mac = "00:00:00:00:00:00"'
    9:7 1108 a MAC address is all zero
'mac = "02:00:00:00:00:11"', 'mac = "02:00:00:00:00:21"'
    12:7 1109 the nodes 'N0' and 'N1' have the same MAC address; first here 9:7
'mac = "02:00:00:00:00:11"', 'mac = 5'
    9:7 1104 'mac' is an integer, not a text
'mac = "02:00:00:00:00:11"\n', ''
    15:8 1114 an ethernet link ends at 'N0.eth1', which has no MAC address; the interface is here 8:22
'address = "10.0.1.1"', 'address = "10.0.1"'
    10:11 1108 '10.0.1' is no address
'address = "10.0.1.1"', 'address = "10.0.1.2"'
    13:11 1109 the interfaces 'N0.eth1' and 'N1.eth0' have the same address; first here 10:11
'address = "10.0.1.1"', 'address = "10.0.1.0/24"'
    10:11 1108 '10.0.1.0/24' is no address
'address = "10.0.1.1"', 'address = "fe80::1%eth0"'
    10:11 1108 'fe80::1%eth0' is an address with a zone, which one machine only knows
'address = "10.0.1.1"', 'address = "::ffff:10.0.0.1"'
    10:11 1108 '::ffff:10.0.0.1' is an IPv4 address in the form of IPv6
'address = "10.0.1.1"', 'address = "224.0.0.1"'
    10:11 1108 '224.0.0.1' is the address of many interfaces
'address = "10.0.1.1"', 'address = "::"'
    10:11 1108 '::' is the address that stands for none
'address = "10.0.1.1"', 'address = "255.255.255.255"'
    10:11 1108 '255.255.255.255' is the address of many interfaces
'address = "10.0.1.1"', 'address = 1'
    10:11 1104 'address' is an integer, not a text
'from = "N0.eth1"', 'from = "N9.eth1"'
    16:8 1107 there is no node 'N9'
'from = "N0.eth1"', 'from = "N0.eth7"'
    16:8 1107 the node 'N0' has no interface 'eth7'
'from = "N0.eth1"', 'from = "N0"'
    16:8 1114 an ethernet link ends at an interface, and 'N0' is a node
'from = "N0.eth1"', 'from = "N0."'
    16:8 1107 the node 'N0' has no interface ''
'from = "N0.eth1"', 'from = 1'
    16:8 1104 'from' is an integer, not a text
'from = "N0.eth1"\n', ''
    15:1 1103 this link needs the key 'from'
'from = "N0.eth1"', 'form = "N0.eth1"'
    16:1 1102 this link has no key 'form'
'from = "N0.eth1"', 'from = "N0.eth0"'
    16:8 1114 an ethernet link ends at 'N0.eth0', which has no MAC address; the interface is here 6:22
'to = "N2"\n', ''
    19:1 1103 this link needs the key 'to'
'to = "N2"', 'to = "N2.eth0"'
    21:6 1114 a memory link joins nodes, not interfaces such as 'N2.eth0'
'kind = "ethernet"\n', ''
    15:1 1103 this link needs the key 'kind'
'kind = "ethernet"', 'kind = "ethernt"'
    18:8 1105 'kind' has no word 'ethernt'
'kind = "ethernet"', 'kind = "tcp"'
    18:8 1105 'kind' has no word 'tcp'
'kind = "ethernet"', 'kind = 1'
    18:8 1104 'kind' is an integer, not a text
'kind = "ethernet"', 'kind = "ethernet"\ntrailer = "long"'
    19:11 1105 'trailer' has no word 'long'
'kind = "ethernet"', 'kind = "ethernet"\nswitched = "yes"'
    19:12 1104 'switched' is a text, not true or false
'kind = "ethernet"', 'kind = "ethernet"\nswitched = true\nlearning = false'
    20:12 1104 'learning' is a truth value, not a text
'kind = "ethernet"', 'kind = "ethernet"\nswitched = true\nlearning = "of"'
    20:12 1105 'learning' has no word 'of'
'kind = "ethernet"', 'kind = "ethernet"\nswitched = true\ntagged = "dropp"'
    20:10 1105 'tagged' has no word 'dropp'
'kind = "ethernet"', 'kind = "ethernet"\nlearning = "off"\ntagged = "pass"'
    19:1 1113 only a switched link has 'learning'
    20:1 1113 only a switched link has 'tagged'
'kind = "ethernet"', 'kind = "ethernet"\nswitched = false\nlearning = "off"'
    20:1 1113 only a switched link has 'learning'
'kind = "ethernet"', 'kind = "geneve"\ntrailer = "full"'
    19:1 1113 a geneve link has no 'trailer'
'kind = "ethernet"', 'kind = "geneve"\nswitched = true'
    19:1 1113 a geneve link has no 'switched'
'kind = "ethernet"', 'kind = "geneve"\nmtu = 67'
    19:7 1115 the MTU of a geneve link is 68 to 65535, not 67
'kind = "ethernet"', 'kind = "geneve"\nmtu = 65536'
    19:7 1115 the MTU of a geneve link is 68 to 65535, not 65536
'kind = "ethernet"', 'kind = "ethernet"\nmtu = 45'
    19:7 1115 the MTU of an ethernet link is 46 to 65535, not 45
'kind = "ethernet"', 'kind = "ethernet"\nmtu = 65536'
    19:7 1115 the MTU of an ethernet link is 46 to 65535, not 65536
'kind = "ethernet"', 'kind = "ethernet"\nmtu = "x"'
    19:7 1104 'mtu' is a text, not an integer
'kind = "ethernet"', 'kind = "ethernet"\nmtu = true'
    19:7 1104 'mtu' is a truth value, not an integer
'kind = "ethernet"', 'kind = "ethernet"\nbandwidth = -5'
    19:13 1115 'bandwidth' must be above 0
'kind = "ethernet"', 'kind = "ethernet"\nbandwidth = "fast"'
    19:13 1115 'fast' is no amount
'kind = "memory"', 'kind = "memory"\nmtu = 1500'
    23:1 1113 a memory link has no 'mtu'
'kind = "memory"', 'kind = "memory"\ntrailer = "full"\nlearning = "off"'
    23:1 1113 a memory link has no 'trailer'
    24:1 1113 a memory link has no 'learning'
'kind = "memory"', 'kind = "memory"\nmtuu = 5'
    23:1 1102 this link has no key 'mtuu'
"""

SHAPES = r"""
AB |
    3:8 1112 no link leads to the node 'B'
ABC | BC
    3:8 1112 no link leads to the node 'B'
A | AA
    3:1 1110 this link leads from 'A' to itself
AB | AB AB
    8:1 1110 a second link joins 'A' and 'B'; the first is here 4:1
AB | AB BA
    8:1 1110 a second link joins 'B' and 'A'; the first is here 4:1
ABC | AB BC CA
    13:1 1111 the links run in a circle: A -> B -> C -> A
AB | BA
    4:1 1110 this link leads to the root 'A'
ABC | AB AC BC
    13:1 1110 a second link leads to the node 'C'; the first is here 9:1
ABCD | AB BC CD DB
    18:1 1111 the links run in a circle: B -> C -> D -> B
ABCD | CD DB BC
    14:1 1111 the links run in a circle: C -> D -> B -> C
ABCD | DB BC CD AB
    18:1 1110 a second link leads to the node 'B'; the first is here 6:1
    14:1 1111 the links run in a circle: D -> B -> C -> D
ABCDEFGHIJ | BC CD DE EF FG GH HI IJ JB
    44:1 1111 the links run in a circle: B -> C -> D -> E -> F -> G -> ... -> B
AB | AB AX
    10:6 1107 there is no node 'X'
ABCD | AB BX
    12:6 1107 there is no node 'X'
"""
