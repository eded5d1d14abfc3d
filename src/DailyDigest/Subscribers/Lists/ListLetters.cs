using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Subscribers;

/// <summary>Letters of a list that is not UTF-8.</summary>
/// <param name="Assumption">How they were read, such as "bytes that are not UTF-8, read as windows-1252"; null if the bytes say it.</param>
/// <param name="Count">The number of bytes or letters to which it applies.</param>
/// <param name="Examples">The first such letters.</param>
public sealed record AssumedLetters(string Assumption, int Count, string Examples);

/// <summary>A list as UTF-8, whatever its charset. A list that is UTF-8 is read from its stream; another one is kept in memory.</summary>
internal sealed record ListLetters(Stream Utf8, AssumedLetters? Assumed) : IAsyncDisposable
{
    private bool isDecoded;

    // Decoding keeps the whole file in memory.
    private const long MaxBytes = 1L << 30;
    private const int MaxExamples = 12;
    private const int Buffer = 64 * 1024;

    /// <summary>Reads the stream from its beginning; null if it is not UTF-8 and too large.</summary>
    /// <param name="csv">The seekable list.</param>
    /// <param name="languages">The languages of the publication, the default first.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ListLetters?> OpenAsync(Stream csv, IEnumerable<string> languages, CancellationToken cancellationToken)
    {
        var isUtf8 = await IsUtf8Async(csv, cancellationToken);
        csv.Position = 0;
        if (isUtf8)
        {
            return new ListLetters(csv, null);
        }

        if (csv.Length > MaxBytes)
        {
            return null;
        }

        var bytes = new byte[csv.Length];
        await csv.ReadExactlyAsync(bytes, cancellationToken);
        var charset = Charset.Find(bytes, [], languages);
        var letters = new MemoryStream(bytes, charset.Mark, bytes.Length - charset.Mark, writable: false);
        var assumed = charset.Assumption is { } assumption
            ? new AssumedLetters(assumption, charset.Assumed, Examples(charset, bytes)) : null;
        return new ListLetters(Encoding.CreateTranscodingStream(letters, charset.Encoding, new UTF8Encoding(false)), assumed)
        {
            isDecoded = true,
        };
    }

    /// <summary>Frees the decoded list. The stream of a list that is UTF-8 belongs to the caller.</summary>
    public ValueTask DisposeAsync() => isDecoded ? Utf8.DisposeAsync() : ValueTask.CompletedTask;

    private static async Task<bool> IsUtf8Async(Stream csv, CancellationToken cancellationToken)
    {
        var (bytes, chars) = (new byte[Buffer], new char[Buffer + 1]);
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        for (var isFirst = true; ; isFirst = false)
        {
            var read = await csv.ReadAtLeastAsync(bytes, Buffer, throwOnEndOfStream: false, cancellationToken);
            if (isFirst && Charset.HasUnicodeShape(bytes.AsSpan(0, read)))
            {
                return false;
            }

            try
            {
                decoder.GetChars(bytes.AsSpan(0, read), chars, flush: read == 0);
            }
            catch (DecoderFallbackException)
            {
                return false;
            }

            if (read == 0)
            {
                return true;
            }
        }
    }

    private static string Examples(Charset charset, byte[] bytes)
    {
        using var reader = new StreamReader(
            new MemoryStream(bytes, charset.Mark, bytes.Length - charset.Mark, writable: false), charset.Encoding, false);
        var (examples, chars) = (new List<Rune>(), new char[Buffer]);
        for (int read; examples.Count < MaxExamples && (read = reader.Read(chars)) > 0;)
        {
            foreach (var rune in chars.AsSpan(0, read).EnumerateRunes())
            {
                if (!rune.IsAscii && Rune.IsLetter(rune) && !examples.Contains(rune) && examples.Count < MaxExamples)
                {
                    examples.Add(rune);
                }
            }
        }

        return string.Join(' ', examples);
    }
}
