// The people of the tenant: invited, given roles, suspended.
import { html, useState } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { date, dateTime } from '../lib/format.js';
import { me } from '../lib/session.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { SignInPolicy } from './policy.js';
import { Confirm, Facts, List, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';

await loadMessages('menu');

const TONES = { active: 'good', invited: 'info', suspended: 'bad' };
const roleNames = (roles) => roles.map((role) => t(`role.${role}`)).join(', ');

export default function Team() {
  const list = useList('/tenant/users', { limit: 50 });
  const roles = useRead(() => call('GET', '/tenant/assignable-roles'));
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  return html`<${Page} title=${t('view.team')} text=${t('team.text')} actions=${html`<${Button} kind="primary" icon="user-plus" onClick=${() => setOpen('invite')}>${t('team.invite')}<//>`}>
    <${List} list=${list} caption=${t('view.team')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'users', title: t('team.none') }} columns=${[
      { key: 'name', title: t('team.name'), main: true, show: (row) => row.name },
      { key: 'email', title: t('team.email'), show: (row) => html`<span class="ellipsis limit">${row.email}</span>` },
      { key: 'roles', title: t('team.roles'), show: (row) => roleNames(row.roles) },
      { key: 'mfa', title: t('team.mfa'), show: (row) => (row.mfa_enabled ? html`<${Badge} tone="good" icon="shield-check">${t('team.mfa.on')}<//>` : html`<${Badge}>${t('team.mfa.off')}<//>`) },
      { key: 'status', title: t('team.status'), show: (row) => html`<span class="row"><${Badge} tone=${TONES[row.status]}>${t(`team.status.${row.status}`)}<//>${row.proposed && html`<${Badge} tone="warn" icon="clock">${t('team.proposed')}<//>`}</span>` },
    ]} />
    <${SignInPolicy} />
    ${open === 'invite' && html`<${Invite} roles=${roles.data || []} onClose=${close} onDone=${() => { close(); list.reload(); }} />`}
    ${open && open !== 'invite' && html`<${Member} member=${open} roles=${roles.data || []} onClose=${close} onDone=${() => { close(); list.reload(); }} />`}
  <//>`;
}

function RoleChoice({ roles, chosen, setChosen, error }) {
  const toggle = (role) => setChosen(chosen.includes(role) ? chosen.filter((each) => each !== role) : [...chosen, role]);
  return html`<fieldset><legend>${t('team.roles')}</legend><div class="choices">${roles.map((each) => html`<label key=${each.role} class="check"><input type="checkbox" checked=${chosen.includes(each.role)} onChange=${() => toggle(each.role)} />
    <span><span class="strong">${t(`role.${each.role}`)}</span><br /><span class="small muted">${t(`role.${each.role}.text`)}</span></span></label>`)}</div>${error && html`<p class="field"><span class="error"><${Icon} name="circle-alert" />${error}</span></p>`}</fieldset>`;
}

function Invite({ roles, onClose, onDone }) {
  const [form, setForm] = useState({ name: '', email: '', roles: null });
  const set = (name) => (value) => setForm((now) => ({ ...now, [name]: value }));
  // The roles that may be given arrive after the page: until somebody chooses, the choice follows them.
  const chosen = form.roles ?? roles.map((each) => each.role).filter((role) => role === 'cashier');
  const send = useAction(async () => {
    await call('POST', '/tenant/users', { body: { roles: chosen, name: form.name.trim(), email: form.email.trim() } });
    toast(t('team.invited', { email: form.email.trim() }));
    onDone();
  });
  const fields = send.problem?.fields || {};
  const none = roles.length > 0 && !chosen.length;
  return html`<${Panel} title=${t('team.invite')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}>
    <${TextField} label=${t('team.name')} value=${form.name} onInput=${set('name')} required maxlength="128" autocomplete="off" error=${fields.name?.join(' ')} autofocus />
    <${TextField} label=${t('team.email')} type="email" value=${form.email} onInput=${set('email')} required maxlength="254" autocomplete="off" error=${fields.email?.join(' ')} hint=${t('team.email.hint')} />
    <${RoleChoice} roles=${roles} chosen=${chosen} setChosen=${set('roles')} error=${none ? t('team.roles.none') : fields.roles?.join(' ')} />
    <${Problem} problem=${send.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${send.busy} disabled=${!chosen.length}>${t('team.send')}<//></div></form><//>`;
}

function Member({ member, roles, onClose, onDone }) {
  const [chosen, setChosen] = useState(member.roles);
  const [asking, setAsking] = useState(false);
  const change = async (body) => {
    const changed = await call('PATCH', `/tenant/users/${member.id}`, { body: { ...body, version: member.version } });
    toast(t(changed.proposed ? 'team.proposed.done' : 'team.changed'));
    onDone();
  };
  const save = useAction(() => change({ roles: chosen }));
  const invite = async (names) => {
    await call('POST', '/tenant/users', { body: { name: member.name, email: member.email, roles: names } });
    toast(t('team.invited', { email: member.email }));
    onDone();
  };
  const again = useAction(() => invite(member.roles));
  const own = member.id === me.value.id;
  // The same change asked for by another super admin is what confirms it.
  const confirm = useAction(() => (member.status === 'invited' ? invite(member.proposed.roles) : change({ roles: member.proposed.roles, status: member.proposed.status })));
  const suspended = member.status === 'suspended';
  if (asking) {
    return html`<${Confirm} title=${t(suspended ? 'team.restore' : 'team.suspend')} text=${t(suspended ? 'team.restore.text' : 'team.suspend.text', { name: member.name })} action=${t(suspended ? 'team.restore' : 'team.suspend')} danger=${!suspended}
      onConfirm=${() => change({ status: suspended ? 'active' : 'suspended' })} onClose=${() => setAsking(false)} />`;
  }
  return html`<${Panel} title=${member.name} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <${Facts} entries=${[[t('team.email'), member.email], [t('team.status'), t(`team.status.${member.status}`)], [t('team.since'), date(member.created_at)], [t('team.mfa'), t(member.mfa_enabled ? 'team.mfa.on' : 'team.mfa.off')]]} />
    ${member.proposed && html`<${Proposal} proposed=${member.proposed} confirm=${confirm} />`}
    <${RoleChoice} roles=${roles} chosen=${chosen} setChosen=${setChosen} error=${chosen.length ? undefined : t('team.roles.none')} />
    <${Problem} problem=${save.problem || again.problem} />
    <div class="foot">${member.status === 'invited' && html`<${Button} icon="mail" busy=${again.busy} onClick=${() => again.run()}>${t('team.again')}<//>`}
      ${!own && member.status !== 'invited' && html`<${Button} kind="danger" icon=${suspended ? 'play' : 'ban'} onClick=${() => setAsking(true)}>${t(suspended ? 'team.restore' : 'team.suspend')}<//>`}
      <${Button} type="submit" kind="primary" busy=${save.busy} disabled=${!chosen.length || chosen.join() === member.roles.join()}>${t('save')}<//></div></form><//>`;
}

function Proposal({ proposed, confirm }) {
  const own = proposed.by === me.value.id;
  return html`<${Notice} tone="warn"><p>${t('team.proposed.text', { when: dateTime(proposed.at), what: `${roleNames(proposed.roles)}, ${t(`team.status.${proposed.status}`)}` })}</p>
    ${own ? html`<p>${t('team.proposed.own')}</p>` : html`<div><${Button} size="small" icon="check" busy=${confirm.busy} onClick=${() => confirm.run()}>${t('team.proposed.confirm')}<//></div>`}<${Problem} problem=${confirm.problem} /><//>`;
}
