using MailKit.Net.Smtp;

namespace DailyDigest.Mail.Smtp;

/// <summary>A connection that is greeted, protected and logged in.</summary>
internal sealed class RelayConnection(RelayClient client, RelayStream stream)
{
    /// <summary>RFC 6531 needs both.</summary>
    private const SmtpCapabilities Utf8 = SmtpCapabilities.UTF8 | SmtpCapabilities.EightBitMime;

    private readonly bool offersUtf8 = (client.Capabilities & Utf8) == Utf8;

    public RelayClient Client => client;

    public RelayStream Stream => stream;

    /// <summary>Messages begun on it.</summary>
    public int Begun { get; set; }

    /// <summary>When it was last put to rest, as a timestamp of the pool's clock.</summary>
    public long RestsSince { get; set; }

    /// <summary>False if it is closed, or the relay has said something unasked: goodbye.</summary>
    public bool IsAlive => client.IsConnected && !stream.HungUp(idle: true);

    /// <summary>True if the relay takes an address outside ASCII and MailKit may know it.</summary>
    public bool TakesUtf8 => (client.Capabilities & Utf8) == Utf8;

    /// <summary>True if the relay would take an address outside ASCII, but that has been hidden from MailKit for good: another connection is needed.</summary>
    public bool HidesUtf8 => offersUtf8 && !TakesUtf8;

    /// <summary>
    /// MailKit would ask for SMTPUTF8 for a domain outside ASCII too, and the next hop might not know it: so it is hidden from MailKit but for
    /// those who cannot do without.
    /// </summary>
    public void HideUtf8() => client.Capabilities &= ~SmtpCapabilities.UTF8;

    /// <summary>Says goodbye and closes; a relay that does not answer is not waited for beyond the token.</summary>
    public async Task QuitAsync(CancellationToken patience)
    {
        try
        {
            if (client.IsConnected)
            {
                await client.DisconnectAsync(quit: true, patience);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or MailKit.ProtocolException or IOException or ObjectDisposedException
            or System.Net.Sockets.SocketException)
        {
            // It is closed all the same.
        }
        finally
        {
            Drop();
        }
    }

    /// <summary>Closes without a word.</summary>
    public void Drop()
    {
        client.Dispose();
        stream.Dispose();
    }
}
