/// Rendezvous hashing: each service ranks all workers, by a hash that is the same in every process and version. A worker
/// that leaves takes only its own services with it.
enum Rendezvous {
    /// How much `service` wants `worker`; 64 evenly spread bits.
    static func score(_ service: String, _ worker: String) -> UInt64 {
        // FNV-1a, 64 bits. A zero byte between the parts: "a" + "bc" is not "ab" + "c".
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in service.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = hash &* 0x0000_0100_0000_01b3
        for byte in worker.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        // FNV leaves the last bytes in the low bits; comparing needs them everywhere (the finaliser of MurmurHash3).
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ (hash >> 33)
    }

    /// Whether `service` wants `a` more than `b`.
    static func prefers(_ service: String, _ a: String, over b: String) -> Bool {
        let (first, second) = (score(service, a), score(service, b))
        return first == second ? a < b : first > second
    }
}
