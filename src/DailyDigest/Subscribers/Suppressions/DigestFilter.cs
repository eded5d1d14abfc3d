using System.Globalization;
using System.Numerics;

namespace DailyDigest.Subscribers;

/// <summary>
/// A Bloom filter of hashes: it may say yes for one that was not added, and never no for one that was. The hashes are uniform, so their own
/// digits are the places of their bits. At most 16 MiB.
/// </summary>
/// <param name="fileLength">The bytes of the list; it limits how many hashes there are.</param>
internal sealed class DigestFilter(long fileLength)
{
    // A line of a list has at least the 32 digits of an MD5. Ten bits for each make about one wrong answer in a hundred.
    private const int BytesPerBit = 3;
    private const int MinBits = 1 << 16;
    private const int MaxBits = 1 << 27;

    private readonly ulong[] bits =
        new ulong[(int)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(fileLength / BytesPerBit, MinBits, MaxBits)) / 64];

    /// <summary>True if nothing was added.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Adds the hash; null adds nothing.</summary>
    public void Add(AddressDigest? digest)
    {
        if (digest is null)
        {
            return;
        }

        IsEmpty = false;
        foreach (var place in Places(digest))
        {
            bits[place / 64] |= 1UL << (int)(place % 64);
        }
    }

    /// <summary>False if none of the hashes was added.</summary>
    public bool MayHaveAny(IReadOnlyList<AddressDigest> digests) => digests.Any(
        digest => Places(digest).All(place => (bits[place / 64] & (1UL << (int)(place % 64))) != 0));

    private IEnumerable<uint> Places(AddressDigest digest)
    {
        for (var at = 0; at < 32; at += 8)
        {
            yield return uint.Parse(digest.Hex.AsSpan(at, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                % (uint)(bits.Length * 64L);
        }
    }
}
