namespace DailyDigest.Selection;

/// <summary>A word of a headline that counts for comparison.</summary>
/// <param name="Hash">The hash of its text: equal words have equal hashes.</param>
/// <param name="Word">Its entry in the list of words.</param>
/// <param name="IsName">True if its capital letter says that it is a name.</param>
/// <param name="IsAfterBar">True if it stands behind the last separator, where sources put their name.</param>
internal readonly record struct HeadlineWord(ulong Hash, NewsWord Word, bool IsName, bool IsAfterBar);
