using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Smtp;

/// <summary>The stage of a message that a 5xx came at.</summary>
internal enum ReplyStage
{
    /// <summary>MAIL.</summary>
    Sender,

    /// <summary>RCPT.</summary>
    Recipient,

    /// <summary>DATA or the final dot.</summary>
    Message,
}

/// <summary>
/// Reads why a relay said 5xx. Words come before numbers: enhanced codes (RFC 3463) are used for more than they were meant for, 5.7.1 for
/// nearly everything. What refuses us meets every recipient alike, and is told apart from what one recipient's server thinks of us, which a
/// relay passes on as "host … said". No word that would end a subscription is guessed: what is not known is "other".
/// </summary>
internal static partial class ReplyReasons
{
    /// <summary>Not a reason about a message: the relay refuses us.</summary>
    public const string Us = "us";

    private const RegexOptions Words = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>The reason's word, or <see cref="Us"/>.</summary>
    /// <param name="code">500 to 599.</param>
    /// <param name="text">The reply without its code; several lines are parted by line feeds.</param>
    /// <param name="stage">Where it came.</param>
    public static string Of(int code, string text, ReplyStage stage)
    {
        var enhanced = Enhanced().Match(text);
        var status = enhanced.Success ? enhanced.Value[2..] : "";
        var told = NextHop().IsMatch(text);

        // Whose address it is may be anything, also the name of a rule; and what was cut between two lines belongs together.
        text = Spaces().Replace(Enhanced().Replace(Address().Replace(text, "<>"), " "), " ");
        if (TooBig().IsMatch(text) || status is "3.4" or "2.3")
        {
            return "too-big";
        }

        if (!told && (code is 530 or 534 or 535 or 538 || status is "7.8" or "7.9" or "7.13" or "7.14" || Login().IsMatch(text)))
        {
            return Us;
        }

        // Of a mailbox (RFC 3463, X.2.x) or its address a relay that holds mailboxes says what others say of our account.
        var ofMailbox = stage == ReplyStage.Recipient && status is "2.0" or "2.1" or "2.2" or "2.3" or "2.4";
        var ofReader = ofMailbox || (stage == ReplyStage.Recipient && status is "1.1" or "1.2" or "1.3" or "1.6" or "1.10"
            && (Full().IsMatch(text) || Disabled().IsMatch(text) || Unknown().IsMatch(text)));
        if (!told && !ofReader && NotOurs().IsMatch(text))
        {
            return Us;
        }

        var relaying = Relaying().IsMatch(text) && !(ofReader && !text.Contains("relay", StringComparison.OrdinalIgnoreCase));
        if (told ? relaying : relaying || (stage != ReplyStage.Message && (Client().IsMatch(text) || Listed().IsMatch(text))))
        {
            return told ? "policy" : Us;
        }

        if (Sender().IsMatch(text) || status is "1.7" or "1.8" or "7.27")
        {
            return told || stage == ReplyStage.Message ? "sender-refused" : Us;
        }

        if (stage == ReplyStage.Sender)
        {
            return Us;
        }

        return Listed().IsMatch(text) || Records().IsMatch(text) ? "policy"
            : Content().IsMatch(text) ? "content-refused"
            : Standing().IsMatch(text) ? "policy"
            : Full().IsMatch(text) ? "mailbox-full"
            : Disabled().IsMatch(text) ? RefusalReasons.MailboxDisabled
            : Unknown().IsMatch(text) ? RefusalReasons.NoSuchUser
            : Trouble().IsMatch(text) ? "relay-trouble"
            : ByStatus(status, stage) ?? ByCode(code, stage);
    }

    /// <summary>What the code says by itself (<see cref="Refusals"/>); after a whole message, security or policy without a word why is mostly about what it read.</summary>
    private static string? ByStatus(string status, ReplyStage stage) => status.Split('.') switch
    {
        ["7", not ("7" or "20" or "21" or "22" or "23" or "24" or "25" or "26")] when stage == ReplyStage.Message => "content-refused",
        [var subject, var detail] => RefusalReasons.Reason(permanent: true, int.Parse(subject, CultureInfo.InvariantCulture), int.Parse(detail, CultureInfo.InvariantCulture)),
        _ => null,
    };

    /// <summary>RFC 5321 4.2.2 names two codes after what is the matter; 550 and 554 are said for anything.</summary>
    private static string ByCode(int code, ReplyStage stage) => (code, stage) switch
    {
        (552, ReplyStage.Recipient) => "mailbox-full",
        (552, _) => "too-big",
        (551 or 556, ReplyStage.Recipient) => RefusalReasons.NoSuchUser,
        (571, ReplyStage.Recipient) => "policy",
        _ => "other",
    };

    [GeneratedRegex(@"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![.\d])", RegexOptions.CultureInvariant)]
    private static partial Regex Enhanced();

    [GeneratedRegex(@"<?(""[^""]{0,64}""|[^\s<>""(),;:\[\]]{1,64})@[^\s<>""(),;:]{1,255}>?", Words)]
    private static partial Regex Address();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    /// <summary>A server behind the relay is quoted.</summary>
    [GeneratedRegex(@"\bsaid: ?[45]\d\d|\bhost \S{1,255}(\s*\[[^\]]{1,64}\])? (said|refused)|remote (server|host|mta) (said|returned|responded|replied)|diagnostic(-| )code|in reply to", Words)]
    private static partial Regex NextHop();

    [GeneratedRegex(@"exceeds? (the )?(max(imum)? |fixed |allowed |permitted |size )*(message |mail )?(file )?(size|length)|(message|mail|msg|size|letter)( data)?( \S{1,20})? (is )?(too (big|large|long)|exceeds size)|too (big|large) (for|to)|larger than the current system limit|maximum (message|file) size|message size limit", Words)]
    private static partial Regex TooBig();

    [GeneratedRegex(@"authentication (is )?(required|needed|failed|unsuccessful|credentials)|auth(entication)? first|(requires?|need|needs|enable|want) (smtp )?auth|must (be authenticated|authenticate|log ?in|issue a starttls)|please (log ?in|authenticate)|not (logged in|authenticated)|log ?in (first|denied)|username and password not accepted|starttls (is )?(required|first)|(tls|encryption|secure connection) (is )?required (for|to|by) (auth|send|this server|submi)|client was not authenticated|smtp service authentication", Words)]
    private static partial Regex Login();

    /// <summary>The relay's own account and verified senders.</summary>
    [GeneratedRegex(@"identit(y|ies) failed the check|(not match|not) a verified sender|address is not verified|(account|sending|domain)( has been| is|'s ability to send has been)?( temporarily)? (paused|suspended|disabled for sending|not allowed to send)|sending (is )?(paused|suspended|disabled)|(daily|hourly|monthly|sending|message|user)( user| smtp| email)? (sending |message |relay )*(limit|quota)s?( has been| was| is)? (exceeded|reached)|maximum credits exceeded|sandbox (sub)?domains?|test purposes only|tenant has exceeded threshold|not (permitted|allowed|authori[sz]ed) to send (as|from|on behalf)|permissions? to send (as|on behalf)|send ?as ?denied|not owned by( user| authenti)?|not (a )?authori[sz]ed (sender|to use this server)|from (header|address) (does not match|must match|is not (allowed|one of))|unregistered domain|inactive (account|domain|server|signature)|sender signature", Words)]
    private static partial Regex NotOurs();

    [GeneratedRegex(@"(relay(ing)?|relayed)\b.{0,40}\b(denied|not (permitted|allowed)|prohibited|forbidden|disallowed|refused|rejected)|(unable|not (permitted|allowed|authori[sz]ed)|cannot|can't|won't|will not|do(es)? not|don't|attempt(ed)?|denied|deny|denies|refuse[sd]?|unauthori[sz]ed|prohibited) (to )?relay|not (a |an )?open relay|not (a )?(local|valid)( \w{1,12})? (domain|gateway)|isn't in my list of allowed|not in my list of allowed|not hosted here.{0,20}relay|we do not relay", Words)]
    private static partial Regex Relaying();

    /// <summary>Our machine, its name or how it greeted.</summary>
    [GeneratedRegex(@"client host rejected|client host .{0,80}blocked|(helo|ehlo) (command |name |host )*(rejected|required|invalid|refused)|need (a )?fully-qualified hostname|cannot find your (reverse )?hostname|your (ip|host|server|client|machine)( address| name)?( \S{1,80})? (is|has been|was) (\w{1,12} )?(blocked|banned|blacklisted|blocklisted|denied|rejected|listed|not allowed|refused)|access for this ip|mail from (ip |your ip )?\[?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\]? (was |is )?(refused|rejected|blocked)", Words)]
    private static partial Regex Client();

    [GeneratedRegex(@"spamhaus|spamcop|barracuda(central| reputation)|sorbs|\brbls?\b|dnsbl|(black|block|deny|real-?time block) ?-?list(ed)?|blocked (using|by .{1,40}list|for abuse)|listed (by|in|on|at) |found (in|on) .{0,40}(list|rbl)|dialup/dynamic|\bs3140\b|\bs3150\b|policyd-weight|proofpoint.{0,30}block|senderscore|invaluement|uceprotect|cloudmark|blocked by .{0,30}csi", Words)]
    private static partial Regex Listed();

    [GeneratedRegex(@"sender (address |domain )?(was |is )?(rejected|refused|denied|not (accepted|allowed|known|found)|unknown|invalid|does not exist|verify failed|unvalidated)|(invalid|bad|unknown|unroutable|forged|unresolvable|unverified) (sender|return path)|(domain of|from:?)( the)? (sender|domain)( address)? .{0,60}(not (exist|resolve|found)|must resolve|does not resolve)|mailfrom|mail from .{0,20}(not allowed|denied|invalid)|envelope sender|return-?path .{0,40}(rejected|invalid)|blocked sender|sender .{0,40}blocked|denies the sender|denied sender", Words)]
    private static partial Regex Sender();

    /// <summary>Our records and our fame, as a receiving domain sees them.</summary>
    [GeneratedRegex(@"\bspf\b|sender policy framework|\bdkim\b|\bdmarc\b|unauthenticated|reverse dns|\bptr\b|\brdns\b|reputation|unsolicited mail originating|unusual rate", Words)]
    private static partial Regex Records();

    /// <summary>A receiving domain's own rules and limits.</summary>
    [GeneratedRegex(@"receiving mail (too quickly|at a rate)|rate (limit|that)|too many (connections|messages|recipients|errors)|greylist|policy (reasons?|violation|restriction|rejection|block)|(local|administrative|security|our|email) polic(y|ies)|violat(es|ion of) .{0,40}polic|administrative(ly)? (prohibition|prohibited|denied|block)|prohibited by (administrator|admin)|access denied|blocked by (the )?(recipient|administrator|organi[sz]ation|user|policy|customer)|not (allowed|permitted|authori[sz]ed) to (send|post|deliver|email) to|recipient (only accepts|does not accept|has (blocked|rejected))|restricted|permission denied|not accepting (mail|messages|email)s? from|refused by (the )?recipient|challenge|tss\d\d|ts\d\d\]|banned|has been blocked|ip .{0,40}blocked|blocked due to|temporarily blocked", Words)]
    private static partial Regex Standing();

    [GeneratedRegex(@"\bspam\b|spammy|spam(assassin|score|-like|message| message| content| filter| detected)|\bbulk\b|junk mail|unsolicited|\buce\b|virus|malware|malicious|infected|phish|content (rejected|refused|denied|not (allowed|accepted)|filter|policy)|message content|(message|mail|email) (was )?(rejected|refused|blocked|denied|identified) (as|by|due to|because of|for) (its )?(content|spam|filter|anti|suspicious|bulk|a filter)|headers? (rejected|error|invalid|syntax)|body type|attachment|banned (file|content)|prohibited (content|attachment)|suspicious|unacceptable content|(url|link|domain)s? (in (the |your )?(message|body) .{0,40}(list|block))|message looks like|high probability of|mime (error|format)|bad (header|message)|message .{0,20}not rfc|rfc ?5322|duplicate header|looping message", Words)]
    private static partial Regex Content();

    [GeneratedRegex(@"(mailbox|mail ?box|inbox|account|user|recipient|storage|folder|maildrop)('s)?( \S{1,60})?( storage)? (is |has been |are )?(full|over ?-?quota|over (its |the |his |their )?(quota|storage|disk)|exceeded)|over ?-?quota|overquota|quota (is )?(exceeded|exceed|full|violation)|exceed(s|ed|ing)? .{0,30}(quota|storage|mailbox (size|limit))|(exceeded|insufficient|not enough|no) (storage|disk) (allocation|space|for)|out of (storage|space|disk)|mailbox size limit|no (more )?space left|too full|storequota", Words)]
    private static partial Regex Full();

    [GeneratedRegex(@"(mailbox|account|user|address|recipient|addressee|inbox|email account)( \S{1,80}| that you tried to reach)?( is| has been| was| are)?( currently| temporarily| now| permanently)? (disabled|inactive|deactivated|suspended|locked|closed|frozen|expired|terminated|discontinued|not active|no longer active|blocked for inactivity|dormant|unused)|(disabled|inactive|suspended|closed|deactivated|expired|locked) (mailbox|account|user|recipient|address)|not (an )?active (user|account|mailbox|address)|is (locked|over its inactivity)|mailbox .{0,20}not accepting (messages|mail)|account (that you tried to reach )?is disabled|has been (disabled|deactivated|suspended|discontinued)|no longer (available|valid|active|in (use|service)|accepts|works)", Words)]
    private static partial Regex Disabled();

    [GeneratedRegex(@"(user|recipient|mailbox|mail ?box|account|address|addressee|inbox|alias)( account| address| name)?( \S{1,80}| that you tried to reach| you (entered|specified)| in virtual \w{1,20} table)?( is| was| does| has| can)?( \W{0,4})? ?(unknown|not (found|exist(ing)?|known|listed|be found|a known)|doesn't exist|does ?n[o']t exist|nonexistent|non-existent|invalid|undeliverable|unrouteable|unroutable|unrecogni[sz]ed|not (a )?valid|not (be )?recogni[sz]ed|moved)|(unknown|no such|invalid|nonexistent|non-?existent|not a valid|no valid|unrouteable|unroutable|bad destination|unrecogni[sz]ed|incorrect|not a known|can't find|cannot find|could not find|couldn't find) (local )?(the )?(e-?mail )?(user|recipient|mailbox|mail box|account|address|person|alias|addressee|domain|name|local ?part|destination|host)|no (mailbox|account|user|person|recipient) (here|by that|with that|found|named|of that)|doesn't have an? \S{1,40} account|user doesn't have|recipient ?not ?found|(email|e-mail|address|account) .{0,60}does not exist|does not exist here|(domain|host)( name)?( \S{1,80})? (not found|does not exist|unknown|cannot be found)|(host|domain) (or domain name )?not found|null mx|account not available|there is no one (at|by)|this address no longer|no such person|has no mailbox|mailbox unavailable or not|mailbox (name )?not allowed", Words)]
    private static partial Regex Unknown();

    [GeneratedRegex(@"(mail )?loop(s|ing| detected)|too many hops|hop count|mail system (error|full|problem)|system (error|full|problem|is not)|internal (server )?error|(server|configuration|local|software|temporary|backend) (error|failure|problem)|queue (full|file|expired)|(timed? ?out|no route|cannot connect|connection (refused|timed|reset)|unreachable)|delivery (time )?expired|lookup failure|dns (error|fail)|service (not available|unavailable)|insufficient (system )?resources|out of memory|write error", Words)]
    private static partial Regex Trouble();
}
