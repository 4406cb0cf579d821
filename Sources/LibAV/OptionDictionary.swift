import CFFmpeg

/// An `AVDictionary` and its owner. FFmpeg takes out what it knew; what is left was not understood.
final class OptionDictionary {
    let address: UnsafeMutablePointer<OpaquePointer?>

    init(_ options: [String: String]) throws(AVError) {
        address = .allocate(capacity: 1)
        address.initialize(to: nil)
        for (key, value) in options { try check(av_dict_set(address, key, value, 0), "av_dict_set(\(key))") }
    }

    deinit {
        av_dict_free(address)
        address.deallocate()
    }

    /// A key that FFmpeg did not take.
    var firstKey: String? {
        av_dict_get(address.pointee, "", nil, AV_DICT_IGNORE_SUFFIX).map { String(cString: $0.pointee.key) }
    }
}
