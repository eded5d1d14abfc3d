using System.Runtime.InteropServices;
using System.Text;
using DailyDigest.Mail.Mime;
using MimeKit;
using MimeKit.IO;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// The message that MailKit is given: it writes a mail whose bytes are known. One object serves a session for all its mails, because a
/// MimeKit message with its headers costs more than everything else that is made for a mail.
/// </summary>
internal sealed class RelayMessage : MimeMessage
{
    private readonly RelayBody body = new();
    private byte[] name = [];

    /// <summary>Creates a message; <see cref="Set"/> gives it a mail.</summary>
    public RelayMessage() : base(new HeaderList()) => Body = body;

    /// <summary>All bytes of the mail.</summary>
    public int Length { get; private set; }

    /// <summary>False if the final dot has certainly not been sent.</summary>
    public bool EndMayHaveLeft => body.EndMayHaveLeft;

    /// <summary>Makes it the mail.</summary>
    public void Set(EncodedMail mail)
    {
        // MimeKit writes a header as name, colon and raw value. The first header is given all headers after it as a part of its value.
        var colon = Array.IndexOf(mail.Head, (byte)':');
        if (!mail.Head.AsSpan(0, colon).SequenceEqual(name))
        {
            name = mail.Head[..colon];
            Headers.Clear();
            Headers.Add(new Header(Encoding.ASCII.GetString(name), ""));
        }

        Headers[0].SetRawValue(mail.Head[(colon + 1)..]);
        body.Set(mail.Body);
        Length = mail.Length;
    }

    /// <summary>Begins an attempt: nothing of the mail has left.</summary>
    /// <param name="beforeEnd">Called when all but the last bytes were written; it may throw to keep the end from leaving.</param>
    public void Begin(Action beforeEnd) => body.Begin(beforeEnd);

    /// <summary>
    /// The body, which knows whether the message's end may have left: that is set immediately before the last bytes are written, and
    /// MailKit sends the final dot only after this part has returned.
    /// </summary>
    private sealed class RelayBody : MimePart
    {
        private SlicedBody? slices;
        private Action? beforeEnd;

        /// <summary>Creates a part without headers: they are among those of the message.</summary>
        public RelayBody() => Headers.Clear();

        public bool EndMayHaveLeft { get; private set; }

        public void Set(SlicedBody body) => slices = body;

        public void Begin(Action callback) => (beforeEnd, EndMayHaveLeft) = (callback, false);

        /// <summary>The content is encoded already.</summary>
        public override void Prepare(EncodingConstraint constraint, int maxLineLength = 78)
        {
        }

        /// <inheritdoc/>
        public override void WriteTo(FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default)
        {
            // Without a line that begins with a dot MailKit's filter changes nothing, but looks at every byte for each recipient.
            stream = stream is FilteredStream filtered && !slices!.NeedsStuffing ? filtered.Source : stream;
            EndMayHaveLeft = false;
            var last = slices!.Count - 1;
            for (var i = 0; i < last; i++)
            {
                Write(slices[i]);
            }

            var end = slices[last];
            Write(end[..^2]);
            beforeEnd?.Invoke();
            EndMayHaveLeft = true;
            Write(end[^2..]);

            // MailKit's streams have no overload for memory: they would copy.
            void Write(ReadOnlyMemory<byte> bytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (MemoryMarshal.TryGetArray(bytes, out var array) && array.Array is { } whole)
                {
                    stream.Write(whole, array.Offset, array.Count);
                }
                else
                {
                    stream.Write(bytes.Span);
                }
            }
        }
    }
}
