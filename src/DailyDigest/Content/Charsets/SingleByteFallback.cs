using System.Text;

namespace DailyDigest.Content;

/// <summary>Reads each byte that is invalid in one charset in a single-byte charset, and counts them.</summary>
internal sealed class SingleByteFallback(int codePage) : DecoderFallback
{
    private readonly string letters = Encoding.GetEncoding(codePage).GetString([.. Enumerable.Range(0, 256).Select(one => (byte)one)]);

    /// <summary>Bytes that were invalid, in all calls.</summary>
    public int Count { get; private set; }

    public override int MaxCharCount => 4;

    public override DecoderFallbackBuffer CreateFallbackBuffer() => new Letters(this);

    private sealed class Letters(SingleByteFallback owner) : DecoderFallbackBuffer
    {
        private byte[] bytes = [];
        private int next;

        public override int Remaining => bytes.Length - next;

        public override bool Fallback(byte[] bytesUnknown, int index)
        {
            (bytes, next) = (bytesUnknown, 0);
            owner.Count += bytesUnknown.Length;
            return bytesUnknown.Length > 0;
        }

        public override char GetNextChar() => next < bytes.Length ? owner.letters[bytes[next++]] : '\0';

        public override bool MovePrevious() => next > 0 && next-- > 0;
    }
}
