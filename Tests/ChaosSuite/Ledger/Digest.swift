/// FNV-1a, 64 bits: tells texts apart, keeps no secrets.
///
/// http://www.isthe.com/chongo/tech/comp/fnv/
enum Digest {
    static func of(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            return hash
        }
    }
}
