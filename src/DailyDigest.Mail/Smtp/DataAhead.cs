namespace DailyDigest.Mail.Smtp;

/// <summary>
/// Lets DATA leave together with MAIL and RCPT, as PIPELINING (RFC 2920) allows. MailKit sends these two together and DATA after their
/// replies; with this class a message costs two round trips and not three.
/// </summary>
/// <remarks>
/// It sees every byte between MailKit and the relay. When a command group of one sender and one recipient leaves, it adds DATA. If both are
/// taken, MailKit's own DATA is dropped, and MailKit reads the reply that is there already. Otherwise MailKit goes on with RSET; the reply
/// to DATA is read and dropped before that, and a relay that wants a message after all gets the empty one of RFC 2920, 3.1.
/// </remarks>
internal sealed class DataAhead
{
    private readonly ReplyScan scan = new();
    private byte[] held = [];
    private State state;
    private int replies;
    private bool refused;

    private enum State
    {
        /// <summary>Bytes pass unchanged.</summary>
        Idle,

        /// <summary>DATA has left, and the replies to the sender and the recipient have not all been read.</summary>
        Envelope,

        /// <summary>Both were taken: MailKit will send DATA.</summary>
        Taken,

        /// <summary>One was refused: the reply to DATA belongs to nobody.</summary>
        Refused,
    }

    /// <summary>True if the reply to DATA has to be read and dropped before anything else is sent: <see cref="Drop"/>.</summary>
    public bool MustDrop => state == State.Refused;

    /// <summary>True if DATA is to be added to the bytes that leave.</summary>
    public bool Adds(ReadOnlySpan<byte> leaving)
    {
        if (state != State.Idle || !leaving.StartsWith("MAIL FROM:"u8) || !leaving.EndsWith("\r\n"u8))
        {
            return false;
        }

        var second = leaving[(leaving.IndexOf((byte)'\n') + 1)..];
        if (!second.StartsWith("RCPT TO:"u8) || second.IndexOf((byte)'\n') != second.Length - 1)
        {
            return false;
        }

        (state, replies, refused) = (State.Envelope, 0, false);
        scan.Begin();
        return true;
    }

    /// <summary>True if MailKit's bytes are the DATA that has left already.</summary>
    /// <exception cref="IOException">They are something else. The relay waits for a message, so the connection cannot be used.</exception>
    public bool Swallows(ReadOnlySpan<byte> written)
    {
        if (state is not (State.Taken or State.Envelope))
        {
            return false;
        }

        if (state == State.Envelope || !written.SequenceEqual("DATA\r\n"u8))
        {
            throw new IOException("DATA was sent, and something else was to follow.");
        }

        state = State.Idle;
        return true;
    }

    /// <summary>Looks at bytes that were read. Returns how many of them MailKit may have; the others are kept.</summary>
    public int Pass(ReadOnlySpan<byte> read)
    {
        if (state != State.Envelope)
        {
            return read.Length;
        }

        for (var i = 0; i < read.Length; i++)
        {
            if (!scan.Ends(read[i]))
            {
                continue;
            }

            refused |= scan.Class != '2';
            if (++replies == 2)
            {
                state = refused ? State.Refused : State.Taken;
                if (!refused)
                {
                    return read.Length;
                }

                scan.Begin();
                held = read[(i + 1)..].ToArray();
                return i + 1;
            }
        }

        return read.Length;
    }

    /// <summary>
    /// Looks at the reply to DATA that belongs to nobody. Returns false if more of it must be read, and true when it has ended:
    /// <paramref name="wantsMessage"/> says that the relay takes an empty message now. Its answer is dropped in the same way.
    /// </summary>
    /// <param name="read">Bytes that were read; empty for those that were kept.</param>
    /// <param name="wantsMessage">True if "." is to be sent, and another reply follows.</param>
    public bool Drop(ReadOnlySpan<byte> read, out bool wantsMessage)
    {
        wantsMessage = false;
        var ended = Ends(held) || Ends(read);
        held = [];
        if (!ended)
        {
            return false;
        }

        wantsMessage = scan.Class == '3';
        scan.Begin();
        state = wantsMessage ? State.Refused : State.Idle;
        return true;
    }

    private bool Ends(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            if (scan.Ends(one))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds the ends of replies (RFC 5321, 4.2.1).</summary>
    private sealed class ReplyScan
    {
        private int column;
        private bool continues;

        /// <summary>The first digit of the reply.</summary>
        public char Class { get; private set; }

        public void Begin() => (column, continues) = (0, false);

        /// <summary>True if the byte is the last one of a reply.</summary>
        public bool Ends(byte one)
        {
            if (one == '\n')
            {
                var ends = !continues;
                Begin();
                return ends;
            }

            Class = column == 0 ? (char)one : Class;
            continues |= column == 3 && one == '-';
            column++;
            return false;
        }
    }
}
