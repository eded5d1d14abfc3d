using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Mail.Tests;

/// <summary>Replies of known mail servers, and their meaning.</summary>
public sealed class ReplyTests
{
    /// <summary>
    /// Stage, meaning and reply. " / " separates the lines of one reply; a line that begins with "+" continues the line above. "us": the
    /// relay refuses us. "later": deferred. Every other meaning: rejected for that reason.
    /// </summary>
    private const string KnownReplies = """
        # Gmail and Google Workspace
        rcpt no-such-user       550 5.1.1 The email account that you tried to reach does not exist. Please try / 5.1.1 double-checking
        + the recipient's email address for typos or / 5.1.1 unnecessary spaces. NoSuchUser - gsmtp
        rcpt mailbox-disabled   550 5.2.1 The email account that you tried to reach is disabled. Learn more at / 5.2.1
        + https://support.example/mail/?p=DisabledUser - gsmtp
        rcpt mailbox-disabled   550 5.2.1 The email account that you tried to reach is inactive. - gsmtp
        rcpt mailbox-full       552 5.2.2 The email account that you tried to reach is over quota and inactive. - gsmtp
        rcpt mailbox-full       552 5.2.2 The recipient's inbox is out of storage space. Please direct the recipient to / 5.2.2
        + OverQuotaPerm - gsmtp
        rcpt later              452 4.2.2 The email account that you tried to reach is over quota. OverQuotaTemp - gsmtp
        rcpt later              450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional
        + messages from being delivered. - gsmtp
        rcpt policy             550 5.2.1 The user you are trying to contact is receiving mail at a rate that / 5.2.1 prevents
        + additional messages from being delivered. - gsmtp
        data content-refused    552 5.7.0 This message was blocked because its content presents a potential security issue. - gsmtp
        data content-refused    550 5.7.1 [192.0.2.7] Our system has detected that this message is / 5.7.1 likely unsolicited mail. To
        + reduce the amount of spam sent to Gmail, this message has been blocked. - gsmtp
        data policy             550 5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders
        + to authenticate with either SPF or DKIM. - gsmtp
        data policy             550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy. - gsmtp
        data policy             550 5.7.25 The IP address sending this message does not have a PTR record setup. - gsmtp
        data too-big            552 5.3.4 Your message exceeded Google's message size limits. - gsmtp
        mail us                 530 5.7.0 Authentication Required. For more information, go to https://support.example/mail - gsmtp
        mail us                 530 5.7.0 Must issue a STARTTLS command first. - gsmtp
        rcpt us                 550 5.7.1 Invalid credentials for relay [192.0.2.7]. The IP address you've registered in your Workspace
        + SMTP Relay service doesn't match. Mail relay denied. - gsmtp
        mail us                 550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits - gsmtp
        data us                 550 5.4.5 Daily SMTP relay sending limit exceeded for user. - gsmtp
        rcpt other              553 5.1.5 something that nobody has seen before - gsmtp

        # Exchange, Exchange Online, outlook.com
        rcpt no-such-user       550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
        rcpt no-such-user       550 5.1.1 RESOLVER.ADR.RecipNotFound; not found
        rcpt no-such-user       550 5.5.0 Requested action not taken: mailbox unavailable or not local, user unknown
        rcpt other              550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).
        rcpt policy             550 5.4.1 Recipient address rejected: Access denied. [AM5EUR03FT038.eop-EUR03.prod.protection.example]
        rcpt us                 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
        rcpt us                 550 5.7.1 Unable to relay
        rcpt us                 550 5.7.1 Client does not have permissions to send as this sender
        data us                 550 5.7.60 SMTP; Client does not have permissions to send as this sender
        data us                 554 5.2.252 SendAsDenied; news@example.com not allowed to send as other@example.com; STOREDRV.Submission
        mail us                 530 5.7.57 Client not authenticated to send mail. [LO2P265CA0089.GBRP265.PROD.OUTLOOK.EXAMPLE]
        mail us                 550 5.7.3 STARTTLS is required to send mail
        mail us                 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.
        mail us                 550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. (S8002)
        data us                 550 5.7.705 Service unavailable. Access denied, tenant has exceeded threshold.
        mail us                 550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Please contact your Internet service
        + provider since part of their network is on our block list (S3140).
        rcpt us                 550 5.7.606 Access denied, banned sending IP, your IP is blocked [192.0.2.7]
        rcpt policy             550 5.7.124 SenderNotInAllowedSendersList; user is not allowed to send to this group
        rcpt policy             550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized to send to this recipient
        rcpt policy             550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required to send to this group
        + is restricted / host mx.example.net said: 550 5.7.133
        rcpt mailbox-full       554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded
        data too-big            550 5.3.4 RESOLVER.RST.RecipSizeLimit; message too large for this recipient
        data too-big            552 5.3.4 Message size exceeds fixed maximum message size
        rcpt mailbox-disabled   554 5.2.1 STOREDRV.Deliver.Exception:AccountDisabledException; mailbox disabled
        data content-refused    550 5.7.1 Message rejected as spam by Content Filtering.
        data relay-trouble      554 5.4.14 Hop count exceeded - possible mail loop ATTR34
        data relay-trouble      550 5.4.300 Message expired
        rcpt later              451 4.7.500 Server busy. Please try again later from [192.0.2.7]. (S77719)
        rcpt later              432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded
        data policy             550 5.7.509 Access denied, sending domain example.com does not pass DMARC verification and has a DMARC
        + policy of reject.
        data policy             550 5.7.23 The message was rejected because of Sender Policy Framework violation

        # Yahoo and AOL
        rcpt no-such-user       554 delivery error: dd This user doesn't have a yahoo.com account (reader@yahoo.example) [0] -
        + mta1001.mail.example
        rcpt no-such-user       552 1 Requested mail action aborted, mailbox not found
        rcpt mailbox-disabled   554 30 Sorry, your message to reader@yahoo.example cannot be delivered. This mailbox is disabled (554.30).
        rcpt mailbox-full       552 2 Requested mail action aborted: user over quota
        rcpt later              421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to user complaints - 4.16.55.1
        data policy             554 5.7.9 Message not accepted for policy reasons. See https://postmaster.example/error-codes / host
        + mta5.example[192.0.2.9] said: 554 5.7.9
        mail us                 553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.7, because the ip is in Spamhaus's list
        data policy             554 5.7.1 host mta7.example[192.0.2.9] said: 553 5.7.1 [BL21] Connections will not be accepted, because
        + the ip is in Spamhaus's list

        # Postfix
        rcpt no-such-user       550 5.1.1 <reader@example.org>: Recipient address rejected: User unknown in virtual mailbox table
        rcpt no-such-user       550 5.1.1 <reader@example.org>: Recipient address rejected: User unknown in local recipient table
        rcpt no-such-user       550 5.1.1 <reader@example.org>: Recipient address rejected: undeliverable address: unknown user
        rcpt no-such-user       550 5.1.2 <reader@nowhere.example>: Recipient address rejected: Domain not found
        rcpt us                 554 5.7.1 <reader@example.org>: Relay access denied
        rcpt us                 554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied
        rcpt us                 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org;
        + https://www.spamhaus.example/query/ip/192.0.2.7
        rcpt us                 504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname
        rcpt us                 550 5.7.1 <news.example>: Helo command rejected: Host not found
        rcpt us                 553 5.7.1 <news@example.com>: Sender address rejected: not owned by user courier
        rcpt us                 553 5.7.1 <news@example.com>: Sender address rejected: not logged in
        rcpt us                 550 5.1.8 <news@example.com>: Sender address rejected: Domain not found
        data sender-refused     554 5.1.8 host mx.example.net[192.0.2.9] said: 554 5.1.8 Sender address rejected: Domain not found
        rcpt policy             554 5.7.1 <reader@example.org>: Recipient address rejected: Access denied
        rcpt policy             550 5.7.23 <reader@example.org>: Recipient address rejected: Message rejected due to: SPF fail - not
        + authorized.
        rcpt later              450 4.2.0 <reader@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example
        rcpt later              450 4.1.1 <reader@example.org>: Recipient address rejected: unverified address: Address verification in
        + progress
        rcpt mailbox-full       552 5.2.2 <reader@example.org>: Recipient address rejected: Quota exceeded (mailbox for user is full)
        data content-refused    550 5.7.1 message content rejected
        data content-refused    554 5.7.1 id=12345-01 - Rejected by next-hop MTA on relaying, virus found: Eicar-Test-Signature
        mail too-big            552 5.3.4 Message size exceeds fixed limit
        rcpt relay-trouble      550 5.4.6 mail for example.org loops back to myself
        rcpt no-such-user       556 5.1.10 <reader@example.org>: Recipient address rejected: Domain does not accept mail (nullMX)

        # Exim
        rcpt no-such-user       550 Unrouteable address
        rcpt no-such-user       550 No such user here
        rcpt no-such-user       550 No Such User Here"
        rcpt no-such-user       550 "Unknown User"
        rcpt no-such-user       550 Unknown local part reader in <reader@example.org>
        rcpt us                 550 relay not permitted
        rcpt us                 550 Relay not permitted, authentication required
        rcpt us                 550 Administrative prohibition: your IP 192.0.2.7 is blacklisted at sbl.example
        rcpt us                 550 Sender verify failed
        rcpt policy             550 Administrative prohibition
        rcpt mailbox-full       550 Mailbox is full / quota exceeded
        data content-refused    550 This message was classified as SPAM and may not be delivered
        data content-refused    550 Message headers fail syntax check: bad header
        rcpt us                 550 Verification failed for <news@example.com> / Sender verify failed

        # Sendmail and qmail
        rcpt no-such-user       550 5.1.1 <reader@example.org>... User unknown
        rcpt no-such-user       550 5.1.2 <reader@example.org>... Host unknown (Name server: example.org: host not found)
        rcpt us                 550 5.7.1 <reader@example.org>... Relaying denied. IP name lookup failed [192.0.2.7]
        rcpt us                 550 5.7.1 <reader@example.org>... Relaying denied. Proper authentication required.
        mail us                 553 5.1.8 <news@example.com>... Domain of sender address news@example.com does not exist
        mail us                 550 5.7.1 Access denied
        rcpt us                 553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)
        rcpt no-such-user       550 sorry, no mailbox here by that name. (#5.1.1)
        rcpt mailbox-full       552 The user's mailbox is over quota. (#5.2.2)
        data too-big            552 sorry, that message size exceeds my databytes limit (#5.3.4)
        data relay-trouble      554 too many hops, this message is looping (#5.4.6)
        rcpt relay-trouble      554 5.3.0 unknown mailer error 2 / system error
        rcpt other              550 5.0.0 Rejected

        # Amazon SES, SendGrid, Mailgun, Postmark, Mailjet
        data us                 554 Message rejected: Email address is not verified. The following identities failed the check in region
        + EU-WEST-1: news@example.com
        data us                 554 Sending paused for this account. For more information, please check the inbox of the email address
        + associated with your AWS account.
        mail later              454 Throttling failure: Maximum sending rate exceeded.
        data later              454 Throttling failure: Daily message quota exceeded.
        mail us                 530 Authentication required
        mail us                 535 Authentication Credentials Invalid
        data too-big            552 5.3.4 Message is too large: 11000000 bytes
        data us                 550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is
        + resolved.
        mail later              451 Authentication failed: Maximum credits exceeded
        data us                 550 5.7.1 Sandbox subdomains are for test purposes only. Please add your own domain or add the address
        + to authorized recipients in Account Settings.
        mail us                 550 5.7.1 Domain example.com is not allowed to send: Please activate your account
        data us                 554 5.7.1 The 'From' address you supplied (news@example.com) is not a Sender Signature on your account.
        rcpt other              550 5.1.5 Recipient is on the suppression list

        # iCloud, GMX, web.de, Yandex, mail.ru, QQ, 163, Zoho, Proton, Comcast
        rcpt no-such-user       550 5.1.1 <reader@icloud.example>: user does not exist
        rcpt mailbox-full       552 5.2.2 <reader@icloud.example>: user is over quota
        data policy             550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.example/en-us/HT204137
        rcpt no-such-user       550 Requested action not taken: mailbox unavailable / invalid recipient, no such user
        rcpt other              550 Requested action not taken: mailbox unavailable
        mail us                 554 Transaction failed / Reject due to policy restrictions. / For explanation visit
        + https://postmaster.gmx.example/en/error-messages?ip=192.0.2.7
        data policy             554 Transaction failed / Reject due to policy restrictions.
        rcpt mailbox-full       552 Requested mail action aborted: exceeded storage allocation
        rcpt no-such-user       550 5.7.1 No such user!
        rcpt policy             550 5.7.1 Policy rejection on the target address
        data content-refused    554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.example/1IrBc
        rcpt no-such-user       550 Message was not accepted -- invalid mailbox. Local mailbox reader@mail.example is unavailable: user
        + not found
        rcpt mailbox-disabled   550 Message was not accepted -- invalid mailbox. Local mailbox reader@mail.example is unavailable:
        + account is disabled
        data content-refused    550 spam message rejected. Please visit http://help.mail.example/notspam-support
        rcpt no-such-user       550 Mailbox not found. http://service.mail.example/cgi-bin/help?subtype=1&no=1000728
        rcpt no-such-user       550 User not found: reader@163.example
        rcpt mailbox-disabled   550 user is locked
        data content-refused    554 DT:SPM 163 smtp, message is identified as spam
        rcpt no-such-user       550 5.1.1 User does not exist - reader@zoho.example
        rcpt no-such-user       550 5.1.1 <reader@proton.example>: Recipient address rejected: Address does not exist
        rcpt no-such-user       551 not our customer
        rcpt temporary          550 5.2.1 This account is not available right now; mailbox temporarily disabled
        rcpt no-such-user       550 5.1.1 Not our Customer
        mail us                 554 resimta-po-01v.sys.example 192.0.2.7 found on one or more DNSBLs
        rcpt mailbox-disabled   550 This mailbox has been deactivated
        rcpt mailbox-disabled   554 5.1.1 Mailbox no longer in use

        # Filters: Proofpoint, Mimecast, Barracuda, Cisco, SpamAssassin
        mail us                 554 Blocked - see https://ipcheck.proofpoint.example/?ip=192.0.2.7
        rcpt us                 550 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using Barracuda Reputation
        rcpt no-such-user       550 Invalid Recipient - https://community.mimecast.example/docs/DOC-1369#550 [abc.uk1]
        rcpt policy             550 Administrative prohibition - envelope blocked - blocked by policy
        rcpt policy             554 Email rejected due to security policies - https://community.mimecast.example/docs/DOC-1369#554
        data policy             554 Your access to this mail system has been rejected due to the sending MTA's poor reputation.
        data content-refused    550 5.7.1 Message blocked due to spam content in the message.
        data content-refused    550 High probability of spam
        data policy             550 Your message contains a URL listed in the SURBL block list
        data content-refused    554 5.6.0 Message contains invalid header
        data other              554 5.6.7 The message needs SMTPUTF8 and the next host has none

        # Relays that hold mailboxes say of a reader's account what others say of ours
        rcpt mailbox-full       552 5.2.2 User quota exceeded
        rcpt mailbox-disabled   550 5.2.1 Account has been suspended
        rcpt mailbox-disabled   550 5.2.1 <reader@example.org>: user account suspended
        rcpt mailbox-disabled   550 5.1.1 Inactive account
        rcpt other              550 5.2.0 Domain suspended
        rcpt no-such-user       550 5.1.2 Not a valid domain
        rcpt us                 550 Account has been suspended
        rcpt us                 550 5.7.1 User quota exceeded
        rcpt us                 550 5.1.1 Unknown user, relaying denied
        rcpt us                 550 5.1.2 Domain not found: we do not relay
        rcpt us                 550 5.1.1 <news@example.com>: Sender address rejected: User unknown in virtual mailbox table
        rcpt us                 535 5.1.1 user unknown
        rcpt us                 554 5.1.0 Account suspended
        data us                 550 5.2.1 Account has been suspended
        mail us                 550 5.2.1 Account has been suspended

        # Numbers only, nothing known, and traps
        rcpt other              550 rejected
        rcpt other              554 go away
        data other              554 Transaction failed
        rcpt mailbox-full       552 no
        data too-big            552 no
        rcpt no-such-user       550 5.1.1 x
        rcpt mailbox-disabled   550 5.2.1 x
        rcpt relay-trouble      550 5.4.4 x
        rcpt policy             550 5.7.1 x
        data content-refused    550 5.7.1 x
        data content-refused    550 5.6.1 x
        rcpt other              550 5.2.4 x
        rcpt other              550 5.5.1 x
        rcpt other              550 host 5.1.1.20 said nothing
        rcpt other              550 version 15.1.1 of 5.1.1.1
        rcpt other              550 <user.unknown@relay-denied.example> no
        rcpt other              550 <over-quota@no-such-user.example> is not what is meant
        rcpt other              550 Пользователь не найден
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Lines
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var line in KnownReplies.Replace("\n+ ", " ", StringComparison.Ordinal).Split('\n').Select(line => line.Trim())
                .Where(line => line.Length > 0 && line[0] != '#'))
            {
                var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
                data.Add(words[0], words[1], words[2].Trim());
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_known_reply_has_its_meaning(string stage, string meaning, string reply)
    {
        var at = stage switch { "mail" => At.Mail, "rcpt" => At.Rcpt, _ => At.Dot };
        var parts = reply[4..].Split(" / ");
        await using var server = new ScriptedSmtp(new Act(
            at, string.Concat(parts.Select((part, i) => $"{reply[..3]}{(i + 1 < parts.Length ? '-' : ' ')}{part}\r\n"))));
        await using var session = new SmtpTransport(
            new MailOptions { Host = "127.0.0.1", Port = server.Port, Security = "none", From = "news@example.com" },
            SampleMails.Publication(), NullLogger<SmtpTransport>.Instance).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal(meaning, result switch
        {
            { Outcome: SendOutcome.RelayRefused, Reason: null } => "us",
            { Outcome: SendOutcome.Deferred, Reason: null } => "later",
            { Outcome: SendOutcome.Rejected } => result.Reason,
            _ => result.ToString(),
        });
    }
}
