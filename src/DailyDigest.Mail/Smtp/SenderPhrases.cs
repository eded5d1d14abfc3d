using System.Text.RegularExpressions;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// Phrases of relays and receiving servers against us: our login, account, machine, sender address and reputation. One phrase a line.
/// </summary>
internal static partial class SenderPhrases
{
    /// <summary>The relay wants a login, or another one.</summary>
    [GeneratedRegex(
        @"authentication (is )?(required|needed|failed|unsuccessful|credentials)"
        + @"|auth(entication)? first"
        + @"|(requires?|need|needs|enable|want) (smtp )?auth"
        + @"|must (be authenticated|authenticate|log ?in|issue a starttls)"
        + @"|please (log ?in|authenticate)"
        + @"|not (logged in|authenticated)"
        + @"|log ?in (first|denied)"
        + @"|username and password not accepted"
        + @"|starttls (is )?(required|first)"
        + @"|(tls|encryption|secure connection) (is )?required (for|to|by) (auth|send|this server|submi)"
        + @"|client was not authenticated"
        + @"|smtp service authentication",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Login();

    /// <summary>The relay's own account, its limits and its verified senders.</summary>
    [GeneratedRegex(
        @"identit(y|ies) failed the check"
        + @"|(not match|not) a verified sender"
        + @"|address is not verified"
        + @"|(account|sending|domain)( has been| is|'s ability to send has been)?( temporarily)? (paused|suspended|"
            + @"disabled for sending|not allowed to send)"
        + @"|sending (is )?(paused|suspended|disabled)"
        + @"|(daily|hourly|monthly|sending|message|user)( user| smtp| email)? (sending |message |relay )*(limit|"
            + @"quota)s?( has been| was| is)? (exceeded|reached)"
        + @"|maximum credits exceeded"
        + @"|sandbox (sub)?domains?"
        + @"|test purposes only"
        + @"|tenant has exceeded threshold"
        + @"|not (permitted|allowed|authori[sz]ed) to send (as|from|on behalf)"
        + @"|permissions? to send (as|on behalf)"
        + @"|send ?as ?denied"
        + @"|not owned by( user| authenti)?"
        + @"|not (a )?authori[sz]ed (sender|to use this server)"
        + @"|from (header|address) (does not match|must match|is not (allowed|one of))"
        + @"|unregistered domain"
        + @"|inactive (account|domain|server|signature)"
        + @"|sender signature",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex NotOurs();

    /// <summary>The relay does not relay for us.</summary>
    [GeneratedRegex(
        @"(relay(ing)?|relayed)\b.{0,40}\b(denied|not (permitted|allowed)|prohibited|forbidden|disallowed|refused|"
            + @"rejected)"
        + @"|(unable|not (permitted|allowed|authori[sz]ed)|cannot|can't|won't|will not|do(es)? not|don't|"
            + @"attempt(ed)?|denied|deny|denies|refuse[sd]?|unauthori[sz]ed|prohibited) (to )?relay"
        + @"|not (a |an )?open relay"
        + @"|not (a )?(local|valid)( \w{1,12})? (domain|gateway)"
        + @"|isn't in my list of allowed"
        + @"|not in my list of allowed"
        + @"|not hosted here.{0,20}relay"
        + @"|we do not relay",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Relaying();

    /// <summary>Our machine, its name or its greeting.</summary>
    [GeneratedRegex(
        @"client host rejected"
        + @"|client host .{0,80}blocked"
        + @"|(helo|ehlo) (command |name |host )*(rejected|required|invalid|refused)"
        + @"|need (a )?fully-qualified hostname"
        + @"|cannot find your (reverse )?hostname"
        + @"|your (ip|host|server|client|machine)( address| name)?( \S{1,80})? (is|has been|was)"
            + @" (\w{1,12} )?(blocked|banned|blacklisted|blocklisted|denied|rejected|listed|not allowed|refused)"
        + @"|access for this ip"
        + @"|mail from (ip |your ip )?\[?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\]? (was |is )?(refused|rejected|blocked)",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Client();

    /// <summary>Our machine or domain is on a block list.</summary>
    [GeneratedRegex(
        @"spamhaus"
        + @"|spamcop"
        + @"|barracuda(central| reputation)"
        + @"|sorbs"
        + @"|\brbls?\b"
        + @"|dnsbl"
        + @"|(black|block|deny|real-?time block) ?-?list(ed)?"
        + @"|blocked (using|by .{1,40}list|for abuse)"
        + @"|listed (by|in|on|at) "
        + @"|found (in|on) .{0,40}(list|rbl)"
        + @"|dialup/dynamic"
        + @"|\bs3140\b"
        + @"|\bs3150\b"
        + @"|policyd-weight"
        + @"|proofpoint.{0,30}block"
        + @"|senderscore"
        + @"|invaluement"
        + @"|uceprotect"
        + @"|cloudmark"
        + @"|blocked by .{0,30}csi",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Listed();

    /// <summary>The sender address or its domain.</summary>
    [GeneratedRegex(
        @"sender (address |domain )?(was |is )?(rejected|refused|denied|not (accepted|allowed|known|found)|"
            + @"unknown|invalid|does not exist|verify failed|unvalidated)"
        + @"|(invalid|bad|unknown|unroutable|forged|unresolvable|unverified) (sender|return path)"
        + @"|(domain of|from:?)( the)? (sender|domain)( address)? .{0,60}(not (exist|resolve|found)|must resolve|"
            + @"does not resolve)"
        + @"|mailfrom"
        + @"|mail from .{0,20}(not allowed|denied|invalid)"
        + @"|envelope sender"
        + @"|return-?path .{0,40}(rejected|invalid)"
        + @"|blocked sender"
        + @"|sender .{0,40}blocked"
        + @"|denies the sender"
        + @"|denied sender",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Sender();

    /// <summary>SPF, DKIM, DMARC and name records.</summary>
    [GeneratedRegex(
        @"\bspf\b"
        + @"|sender policy framework"
        + @"|\bdkim\b"
        + @"|\bdmarc\b"
        + @"|unauthenticated"
        + @"|reverse dns"
        + @"|\bptr\b"
        + @"|\brdns\b"
        + @"|reputation"
        + @"|unsolicited mail originating"
        + @"|unusual rate",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Records();

    /// <summary>The receiving side's policy and our reputation there.</summary>
    [GeneratedRegex(
        @"receiving mail (too quickly|at a rate)"
        + @"|rate (limit|that)"
        + @"|too many (connections|messages|recipients|errors)"
        + @"|greylist"
        + @"|policy (reasons?|violation|restriction|rejection|block)"
        + @"|(local|administrative|security|our|email) polic(y|ies)"
        + @"|violat(es|ion of) .{0,40}polic"
        + @"|administrative(ly)? (prohibition|prohibited|denied|block)"
        + @"|prohibited by (administrator|admin)"
        + @"|access denied"
        + @"|blocked by (the )?(recipient|administrator|organi[sz]ation|user|policy|customer)"
        + @"|not (allowed|permitted|authori[sz]ed) to (send|post|deliver|email) to"
        + @"|recipient (only accepts|does not accept|has (blocked|rejected))"
        + @"|restricted"
        + @"|permission denied"
        + @"|not accepting (mail|messages|email)s? from"
        + @"|refused by (the )?recipient"
        + @"|challenge"
        + @"|tss\d\d"
        + @"|ts\d\d\]"
        + @"|banned"
        + @"|has been blocked"
        + @"|ip .{0,40}blocked"
        + @"|blocked due to"
        + @"|temporarily blocked",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Policy();
}
