using System.Text.RegularExpressions;

namespace DailyDigest.Mail.Smtp;

/// <summary>Phrases of servers about a recipient. One phrase a line.</summary>
internal static partial class RecipientPhrases
{
    /// <summary>The mailbox has no room.</summary>
    [GeneratedRegex(
        @"(mailbox|mail ?box|inbox|account|user|recipient|storage|folder|maildrop)"
            + @"('s)?( \S{1,60})?( storage)? (is |has been |are )?(full|over ?-?quota|over (its |the |his |"
            + @"their )?(quota|storage|disk)|exceeded)"
        + @"|over ?-?quota"
        + @"|overquota"
        + @"|quota (is )?(exceeded|exceed|full|violation)"
        + @"|exceed(s|ed|ing)? .{0,30}(quota|storage|mailbox (size|limit))"
        + @"|(exceeded|insufficient|not enough|no) (storage|disk) (allocation|space|for)"
        + @"|out of (storage|space|disk)"
        + @"|mailbox size limit"
        + @"|no (more )?space left"
        + @"|too full"
        + @"|storequota",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Full();

    /// <summary>There is a mailbox, and it is closed, locked or unused.</summary>
    [GeneratedRegex(
        @"(mailbox|account|user|address|recipient|addressee|inbox|email account)( \S{1,80}|"
            + @" that you tried to reach)?( is| has been| was| are)?( currently| temporarily| now|"
            + @" permanently)? (disabled|inactive|deactivated|suspended|locked|closed|frozen|expired|terminated|"
            + @"discontinued|not active|no longer active|blocked for inactivity|dormant|unused)"
        + @"|(disabled|inactive|suspended|closed|deactivated|expired|locked) (mailbox|account|user|recipient|"
            + @"address)"
        + @"|not (an )?active (user|account|mailbox|address)"
        + @"|is (locked|over its inactivity)"
        + @"|mailbox .{0,20}not accepting (messages|mail)"
        + @"|account (that you tried to reach )?is disabled"
        + @"|has been (disabled|deactivated|suspended|discontinued)"
        + @"|no longer (available|valid|active|in (use|service)|accepts|works)",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Disabled();

    /// <summary>There is no such mailbox or domain.</summary>
    [GeneratedRegex(
        @"(user|recipient|mailbox|mail ?box|account|address|addressee|inbox|alias)( account| address|"
            + @" name)?( \S{1,80}| that you tried to reach| you (entered|specified)| in virtual \w{1,20} table)?( is|"
            + @" was| does| has| can)?( \W{0,4})? ?(unknown|not (found|exist(ing)?|known|listed|be found|a known)|"
            + @"doesn't exist|does ?n[o']t exist|nonexistent|non-existent|invalid|undeliverable|unrouteable|unroutable|"
            + @"unrecogni[sz]ed|not (a )?valid|not (be )?recogni[sz]ed|moved)"
        + @"|(unknown|no such|invalid|nonexistent|non-?existent|not a valid|no valid|unrouteable|unroutable|"
            + @"bad destination|unrecogni[sz]ed|incorrect|not a known|can't find|cannot find|could not find|"
            + @"couldn't find) (local )?(the )?(e-?mail )?(user|recipient|mailbox|mail box|account|address|person|alias|"
            + @"addressee|domain|name|local ?part|destination|host)"
        + @"|no (mailbox|account|user|person|recipient) (here|by that|with that|found|named|of that)"
        + @"|doesn't have an? \S{1,40} account"
        + @"|user doesn't have"
        + @"|recipient ?not ?found"
        + @"|(email|e-mail|address|account) .{0,60}does not exist"
        + @"|does not exist here"
        + @"|(domain|host)( name)?( \S{1,80})? (not found|does not exist|unknown|cannot be found)"
        + @"|(host|domain) (or domain name )?not found"
        + @"|null mx"
        + @"|account not available"
        + @"|there is no one (at|by)"
        + @"|this address no longer"
        + @"|no such person"
        + @"|has no mailbox"
        + @"|mailbox unavailable or not"
        + @"|mailbox (name )?not allowed",
        ReplyReasons.Words,
        ReplyReasons.TimeLimit)]
    public static partial Regex Unknown();
}
