import Crypto
import Foundation
import NIOCore

/// The hash by which equal configurations are found.
package enum ConfigurationHash {
    /// SHA-256 in lower-case hexadecimal digits.
    package static func hex(_ bytes: ByteBuffer) -> String {
        SHA256.hash(data: Data(bytes.readableBytesView)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
