using System.Text.RegularExpressions;

namespace DailyDigest.Mail.Smtp;

/// <summary>Phrases of servers about a message and its route. One phrase a line.</summary>
internal static partial class MessagePhrases
{
    /// <summary>A server behind the relay is quoted.</summary>
    [GeneratedRegex(
        @"\bsaid: ?[45]\d\d"
        + @"|\bhost \S{1,255}(\s*\[[^\]]{1,64}\])? (said|refused)"
        + @"|remote (server|host|mta) (said|returned|responded|replied)"
        + @"|diagnostic(-| )code"
        + @"|in reply to",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex NextHop();

    /// <summary>The message is larger than a server takes.</summary>
    [GeneratedRegex(
        @"exceeds? (the )?(max(imum)? |fixed |allowed |permitted |size )*(message |mail )?(file )?(size|length)"
        + @"|(message|mail|msg|size|letter)( data)?( \S{1,20})? (is )?(too (big|large|long)|exceeds size)"
        + @"|too (big|large) (for|to)"
        + @"|larger than the current system limit"
        + @"|maximum (message|file) size"
        + @"|message size limit",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex TooBig();

    /// <summary>Spam, viruses and form.</summary>
    [GeneratedRegex(
        @"\bspam\b"
        + @"|spammy"
        + @"|spam(assassin|score|-like|message| message| content| filter| detected)"
        + @"|\bbulk\b"
        + @"|junk mail"
        + @"|unsolicited"
        + @"|\buce\b"
        + @"|virus"
        + @"|malware"
        + @"|malicious"
        + @"|infected"
        + @"|phish"
        + @"|content (rejected|refused|denied|not (allowed|accepted)|filter|policy)"
        + @"|message content"
        + @"|(message|mail|email) (was )?(rejected|refused|blocked|denied|identified) (as|by|due to|because of|for)"
            + @" (its )?(content|spam|filter|anti|suspicious|bulk|a filter)"
        + @"|headers? (rejected|error|invalid|syntax)"
        + @"|body type"
        + @"|attachment"
        + @"|banned (file|content)"
        + @"|prohibited (content|attachment)"
        + @"|suspicious"
        + @"|unacceptable content"
        + @"|(url|link|domain)s? (in (the |your )?(message|body) .{0,40}(list|block))"
        + @"|message looks like"
        + @"|high probability of"
        + @"|mime (error|format)"
        + @"|bad (header|message)"
        + @"|message .{0,20}not rfc"
        + @"|rfc ?5322"
        + @"|duplicate header"
        + @"|looping message",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Content();

    /// <summary>Loops, routes and broken systems on the way.</summary>
    [GeneratedRegex(
        @"(mail )?loop(s|ing| detected)"
        + @"|too many hops"
        + @"|hop count"
        + @"|mail system (error|full|problem)"
        + @"|system (error|full|problem|is not)"
        + @"|internal (server )?error"
        + @"|(server|configuration|local|software|temporary|backend) (error|failure|problem)"
        + @"|queue (full|file|expired)"
        + @"|(timed? ?out|no route|cannot connect|connection (refused|timed|reset)|unreachable)"
        + @"|delivery (time )?expired"
        + @"|lookup failure"
        + @"|dns (error|fail)"
        + @"|service (not available|unavailable)"
        + @"|insufficient (system )?resources"
        + @"|out of memory"
        + @"|write error",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Trouble();
}
