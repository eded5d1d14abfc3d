namespace DailyDigest.Mail.Mime;

/// <summary>A mail in the bytes that are sent.</summary>
/// <param name="Head">Its headers, each with its CRLF, without the empty line after them.</param>
/// <param name="Body">The bytes after the empty line.</param>
internal sealed record EncodedMail(byte[] Head, SlicedBody Body)
{
    /// <summary>All bytes.</summary>
    public int Length => Head.Length + 2 + Body.Length;

    /// <summary>Writes the mail.</summary>
    /// <exception cref="IOException">The stream broke.</exception>
    public async Task WriteToAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Head, cancellationToken);
        await stream.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
        for (var i = 0; i < Body.Count; i++)
        {
            await stream.WriteAsync(Body[i], cancellationToken);
        }
    }
}
